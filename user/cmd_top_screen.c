// SPDX-License-Identifier: GPL-2.0-or-later
/* The terminal of `top`. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "user/cmd.h"
#include "user/cmd_top.h"
#include "user/top.h"

#define NS_PER_MS 1000000ULL

struct screen {
	struct scrape *scrape;
	struct top top;
	struct snapshot *now;
	struct snapshot *before; /* the reading before that; meaningful if read twice */
	struct top_page *page;
	unsigned int readings; /* 0, 1 or 2: two can be compared */
	int delay_ms;
};

static void screen_free(struct screen *screen)
{
	free(screen->now);
	free(screen->before);
	free(screen->page);
}

static void set_colors(void)
{
	static const short color[] = {
		[TOP_GOOD] = COLOR_GREEN, [TOP_BAD] = COLOR_RED,    [TOP_WARN] = COLOR_YELLOW,
		[TOP_HEAD] = COLOR_CYAN,  [TOP_DIM] = COLOR_YELLOW,
	};

	start_color();
	use_default_colors();
	for (int paint = TOP_GOOD; paint <= TOP_HEAD; paint++)
		init_pair((short)paint, color[paint], -1);
}

static int attribute_of(enum top_paint paint, bool color)
{
	switch (paint) {
	case TOP_HEAD:
		return A_BOLD | A_UNDERLINE;
	case TOP_DIM:
		return A_DIM;
	case TOP_BAD:
	case TOP_GOOD:
	case TOP_WARN:
		return A_BOLD | (color ? COLOR_PAIR(paint) : 0);
	case TOP_PLAIN:
		break;
	}
	return A_NORMAL;
}

/* What does not fit is cut, after so many columns and not bytes: bars have three bytes each. */
static void put_line(int row, const char *text)
{
	wchar_t wide[TOP_LINE_LEN];
	size_t len = mbstowcs(wide, text, TOP_LINE_LEN - 1);

	if (len != (size_t)-1)
		mvaddnwstr(row, 0, wide, len < (size_t)COLS ? (int)len : COLS);
}

static void draw(const struct screen *screen)
{
	bool color = has_colors();

	erase();
	for (int i = 0; i < (int)screen->page->lines && i < LINES - 1; i++) {
		const struct top_line *line = &screen->page->line[i];

		attrset(attribute_of(line->paint, color));
		put_line(i, line->text);
		attrset(A_NORMAL);
	}
	attrset(A_REVERSE);
	mvaddnstr(LINES - 1, 0, top_help(), COLS - 1);
	attrset(A_NORMAL);
	refresh();
}

static int take_reading(struct screen *screen)
{
	struct snapshot *last = screen->now;

	screen->now = screen->before;
	screen->before = last;
	screen->readings += screen->readings < 2;
	return top_read(screen->scrape, screen->now);
}

static int key_of(int key)
{
	switch (key) {
	case KEY_DOWN:
		return 'j';
	case KEY_UP:
		return 'k';
	case 3: /* control C, where the terminal sends it as a key */
		return 'q';
	}
	return key;
}

static void show(struct screen *screen)
{
	top_render(&screen->top, screen->now, screen->readings == 2 ? screen->before : NULL,
		   screen->page);
	draw(screen);
}

/* Keys until it is time for the next reading; false: to end. */
static bool wait_for_keys(struct screen *screen)
{
	__u64 until_ns = cmd_now() + (__u64)screen->delay_ms * NS_PER_MS;
	int key;

	for (;;) {
		__u64 now_ns = cmd_now();

		if (now_ns >= until_ns)
			return true;
		timeout((int)((until_ns - now_ns) / NS_PER_MS) + 1);
		key = getch();
		if (key == ERR)
			continue;
		if (!top_key(&screen->top, key_of(key)))
			return false;
		show(screen);
	}
}

static int run(struct screen *screen)
{
	int err = take_reading(screen);

	while (!err) {
		show(screen);
		if (!wait_for_keys(screen))
			return 0;
		if (!screen->top.paused)
			err = take_reading(screen);
	}
	return err;
}

int top_screen(struct scrape *scrape, int delay_ms, bool color)
{
	__attribute__((cleanup(screen_free))) struct screen screen = {
		.scrape = scrape,
		.delay_ms = delay_ms,
		.now = calloc(1, sizeof(*screen.now)),
		.before = calloc(1, sizeof(*screen.before)),
		.page = calloc(1, sizeof(*screen.page)),
	};
	const char *term = getenv("TERM");
	SCREEN *terminal;
	int err;

	if (!screen.now || !screen.before || !screen.page)
		return cmd_fail(EXIT_FAILED, "no memory");
	setlocale(LC_CTYPE, "");
	screen.top.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return cmd_fail(EXIT_FAILED, "the terminal `%s' is not known; --once needs none",
				term ? term : "");
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	if (color && has_colors())
		set_colors();
	err = run(&screen);
	endwin();
	delscreen(terminal);
	return err ? cmd_fail(EXIT_FAILED, "cannot read the maps of %s: %s", scrape->dev,
			      strerror(-err))
		   : EXIT_DONE;
}
