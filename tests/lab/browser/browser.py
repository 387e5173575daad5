#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A headless Chromium that does what it reads, a command a line, and answers each with a line of JSON.

    open URL              wait SECONDS EXPRESSION    keys NAME...    dark | light
    eval EXPRESSION       width PIXELS               click SELECTOR  shot FILE
    problems              what the console and the page's own policy complained about so far
    deaf HOST:PORT PATH   a client of its own that asks and never reads; `deaf` alone: has it been let go?
"""
import base64
import json
import socket
import sys
import time

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-dev-shm-usage
--disable-background-networking --disable-component-update --disable-sync --window-size=1440,1000"""


def start(profile):
    options = webdriver.ChromeOptions()
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


class Browser:
    def __init__(self, profile):
        self.driver = start(profile)
        self.client = None

    def open(self, url):
        self.driver.get(url)
        return self.driver.title

    def eval(self, expression):
        return self.driver.execute_script(f"return ({expression})")

    def wait(self, rest):
        """The time that it took until the expression was true, or false if it never was."""
        seconds, expression = rest.split(" ", 1)
        began = time.monotonic()
        while time.monotonic() - began < float(seconds):
            if self.eval(expression):
                return round(time.monotonic() - began, 1) or 0.1
            time.sleep(0.1)
        return False

    def click(self, selector):
        self.driver.find_element("css selector", selector).click()
        return True

    def keys(self, names):
        chain = ActionChains(self.driver)
        for name in names.split():
            chain.send_keys(getattr(Keys, name))
        chain.perform()
        return True

    def width(self, pixels):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": int(pixels), "height": 640, "deviceScaleFactor": 1, "mobile": int(pixels) < 600})
        return True

    def scheme(self, name):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": name}]})
        return True

    def dark(self, _):
        return self.scheme("dark")

    def light(self, _):
        return self.scheme("light")

    def shot(self, file):
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        picture = self.driver.execute_cdp_cmd("Page.captureScreenshot", {
            "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}})
        with open(file, "wb") as out:
            out.write(base64.b64decode(picture["data"]))
        return [size["width"], size["height"]]

    def problems(self, _):
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING")]

    def deaf(self, rest):
        if not rest:
            return self.let_go()
        server, path = rest.split()
        host, port = server.split(":")
        self.client = socket.socket()
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.client.connect((host, int(port)))
        self.client.sendall(f"GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n".encode())
        return True

    def let_go(self):
        """Whether the stream ends behind what had been sent before it was read."""
        self.client.settimeout(0.5)
        try:
            while self.client.recv(65536):
                pass
        except socket.timeout:
            return False
        except ConnectionError:
            pass
        return True


def main():
    browser = Browser(sys.argv[1])
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        verb, _, rest = line.rstrip("\n").partition(" ")
        try:
            answer = getattr(browser, verb)(rest)
        except WebDriverException as error:
            answer = {"error": error.msg}
        print(json.dumps(answer), flush=True)
    browser.driver.quit()


if __name__ == "__main__":
    main()
