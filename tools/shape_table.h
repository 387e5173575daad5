/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms of the attack tools; tools/shape.h says what stands in braces. */
#ifndef SIPSHIELD_TOOLS_SHAPE_TABLE_H
#define SIPSHIELD_TOOLS_SHAPE_TABLE_H

#include "tools/shape.h"

#define SHAPE_SIPVICIOUS(uri, to, from, tag, id, contact, more)                                    \
	"{m} " uri " SIP/2.0\r\n"                                                                  \
	"Via: SIP/2.0/UDP {S}:{p};branch=z9hG4bK-{n32};rport\r\n"                                  \
	"Max-Forwards: 70\r\n"                                                                     \
	"To: " to "\r\n"                                                                           \
	"From: " from ";tag=" tag "\r\n"                                                           \
	"User-Agent: {U}\r\n"                                                                      \
	"Call-ID: " id "\r\n"                                                                      \
	"Contact: " contact "\r\n"                                                                 \
	"CSeq: 1 {m}\r\n"                                                                          \
	"Accept: application/sdp\r\n"                                                              \
	"Content-Length: 0\r\n" more

#define SHAPE_SIPPTS(uri, more)                                                                    \
	"{m} " uri " SIP/2.0\r\n"                                                                  \
	"Via: SIP/2.0/UDP 10.0.0.1:{p};branch={a71};rport\r\n"                                     \
	"From:  <sip:{V=e3}@{D}>;tag={x8}\r\n"                                                     \
	"To:  <sip:{V}@{D}>\r\n"                                                                   \
	"Contact: <sip:{V}@10.0.0.1:{p};transport=udp>;expires=120\r\n"                            \
	"Call-ID: {x32}\r\n" more "CSeq: 1 {m}\r\n"                                                \
	"Max-Forwards: 70\r\n"                                                                     \
	"User-Agent: {U}\r\n"                                                                      \
	"Allow: INVITE, REGISTER, ACK, CANCEL, BYE, NOTIFY, REFER, OPTIONS, INFO, SUBSCRIBE, "     \
	"UPDATE, PRACK, MESSAGE\r\n"

#define SHAPE_MRSIP(cseq, agent)                                                                   \
	"{m} sip:{V=e4}@{D} SIP/2.0\r\n"                                                           \
	"Via: SIP/2.0/UDP {S}:{p};branch=z9hG4bK-{o};rport\r\n"                                    \
	"Max-Forwards: 70\r\n"                                                                     \
	"To: {V} <sip:{V}@{D}>\r\n"                                                                \
	"From: {W=e4} <sip:{W}@{D}>;tag={d6}\r\n"                                                  \
	"Call-ID: {f}{d5}\r\n"                                                                     \
	"CSeq: 1 " cseq "\r\n"                                                                     \
	"Contact: <sip:{W}@{S}:{p}>\r\n" agent ": {U}\r\n"

#define SHAPE_NMAP(agent)                                                                          \
	"{m} sip:{D} SIP/2.0\r\n"                                                                  \
	"Via: SIP/2.0/UDP {S}:{p};rport;branch=z9hG4bK{w25}\r\n"                                   \
	"Max-Forwards: 70\r\n"                                                                     \
	"From: \"{U}\" <sip:{V=e9}@{D}>;tag={w20}\r\n"                                             \
	"To: \"{U}\" <sip:{V}@{D}>\r\n"                                                            \
	"Call-ID: {w60}\r\n"                                                                       \
	"CSeq: 1234 {m}\r\n"                                                                       \
	"User-Agent: {U}\r\n" agent "Contact: \"{U}\" <sip:{V}@{S}:{p}>\r\n"

static const struct shape shapes[] = {
	{ .name = "svmap",
	  .reason = "sipvicious-tag",
	  .methods = "OPTIONS REGISTER INVITE",
	  .agent = "friendly-scanner",
	  .sport = 5060,
	  .head = SHAPE_SIPVICIOUS("sip:100@{D}", "\"sipvicious\"<sip:100@1.1.1.1>",
				   "\"sipvicious\"<sip:100@1.1.1.1>", "{<}{i}{h}", "{n64}",
				   "sip:100@{S}:{p}", "") },
	{ .name = "svwar",
	  .reason = "sipvicious-tag",
	  .methods = "REGISTER OPTIONS INVITE",
	  .agent = "friendly-scanner",
	  .sport = 5060,
	  .head = SHAPE_SIPVICIOUS("sip:{D}", "\"{V=e3}\"<sip:{V}@{D}>", "\"{V}\"<sip:{V}@{D}>",
				   "{<}{V}{h}", "{n32}", "sip:{V}@{D}", "") },
	{ .name = "svcrack",
	  .reason = "svcrack-tag",
	  .methods = "REGISTER",
	  .agent = "friendly-scanner",
	  .sport = 5060,
	  .head = SHAPE_SIPVICIOUS("sip:{D}", "\"100\"<sip:100@{D}>", "\"100\"<sip:100@{D}>",
				   "3206210844", "{n32}", "sip:123@1.1.1.1", "") },
	{ .name = "svcrack-guess",
	  .reason = "sipvicious-tag",
	  .methods = "REGISTER",
	  .agent = "friendly-scanner",
	  .sport = 5060,
	  .head = SHAPE_SIPVICIOUS(
		  "sip:{D}", "\"100\"<sip:100@{D}>", "\"100\"<sip:100@{D}>", "{<}100:{e4}{h}",
		  "{n32}", "sip:123@1.1.1.1",
		  "Authorization: Digest username=\"100\",realm=\"{D}\",nonce=\"{x32}\","
		  "uri=\"sip:{D}\",response=\"{x32}\",algorithm=MD5\r\n") },
	{ .name = "sippts-scan",
	  .reason = "sippts-shape",
	  .methods = "OPTIONS REGISTER INVITE SUBSCRIBE",
	  .agent = "pplsip",
	  .head = SHAPE_SIPPTS("sip:100@{D}", "") "Content-Length: 0\r\n" },
	{ .name = "sippts-exten",
	  .reason = "sippts-shape",
	  .methods = "REGISTER",
	  .agent = "pplsip",
	  .head = SHAPE_SIPPTS("sip:{D}", "") "Expires: 10\r\nContent-Length: 0\r\n" },
	{ .name = "sippts-rcrack",
	  .reason = "sippts-shape",
	  .methods = "REGISTER",
	  .agent = "pplsip",
	  .head = SHAPE_SIPPTS(
		  "sip:{D}",
		  "Authorization: Digest username=\"{V}\", realm=\"asterisk\", nonce=\"{x8}\", "
		  "uri=\"sip:{D}\", response=\"{x32}\", algorithm=MD5\r\n") "Expires: 10\r\n"
									    "Content-Length: 0\r\n" },
	{ .name = "sippts-flood",
	  .reason = "sippts-shape",
	  .methods = "INVITE",
	  .agent = "pplsip",
	  .head = SHAPE_SIPPTS("sip:{e12}@{D}", "") "Content-Type: application/sdp\r\n"
						    "Content-Length: {L}\r\n",
	  .body = "v=0\r\no=- 16264 18299 IN IP4 10.0.0.1\r\ns=SIPPTS\r\nc=IN IP4 10.0.0.1\r\n"
		  "t=0 0\r\nm=audio 12194 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\n"
		  "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n" },
	{ .name = "sippts-methods",
	  .reason = "sippts-shape",
	  .methods = "REGISTER SUBSCRIBE NOTIFY PUBLISH MESSAGE CANCEL BYE ACK INFO PRACK UPDATE "
		     "REFER",
	  .agent = "pplsip",
	  .head = SHAPE_SIPPTS("sip:{e3}@{D}", "") "Content-Length: 0\r\n" },
	{ .name = "inviteflood",
	  .reason = "repeated-counter",
	  .methods = "INVITE",
	  .agent = "Elite 1.0 Brcm Callctrl/1.5.1.0 MxSF/v.3.2.6.26",
	  .sport = 9,
	  .no_checksum = true,
	  .head = "{m} sip:5000@{D} SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP {S}:{p};branch={x8}-{x4}-{x4}-{x4}-{x2}{c}\r\n"
		  "Max-Forwards: 70\r\n"
		  "Content-Length: {L}\r\n"
		  "To: 5000 <sip:5000@{D}:5060>\r\n"
		  "From: <sip:{S}:{p}>;tag={x8}-{x4}-{x4}-{x4}-{x2}{c}\r\n"
		  "Call-ID: {x8}-{x4}-{x4}-{x4}-{x2}{c}\r\n"
		  "CSeq: {c} {m}\r\n"
		  "Supported: timer\r\nSupported: replaces\r\n"
		  "Allow: NOTIFY\r\nAllow: REFER\r\nAllow: OPTIONS\r\nAllow: INVITE\r\n"
		  "Allow: ACK\r\nAllow: CANCEL\r\nAllow: BYE\r\n"
		  "Content-Type: application/sdp\r\n"
		  "Contact: <sip:{S}:{p}>\r\n"
		  "User-Agent: {U}\r\n",
	  .body = "v=0\r\no=MxSIP 0 639859198 IN IP4 {S}\r\ns=SIP Call\r\nc=IN IP4 {S}\r\n"
		  "t=0 0\r\nm=audio 16388 RTP/AVP 0 18 101\r\na=rtpmap:0 PCMU/8000\r\n"
		  "a=rtpmap:18 G729/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
		  "a=fmtp:101 0-15\r\n" },
	{ .name = "mrsip",
	  .reason = "mrsip-shape",
	  .methods = "REGISTER OPTIONS SUBSCRIBE",
	  .agent = "Nortel PCC 6.0.155",
	  .head = SHAPE_MRSIP("{m}", "User-Agent") "Content-Length: 0\r\n" },
	{ .name = "mrsip-invite",
	  .reason = "mrsip-shape",
	  .methods = "INVITE",
	  .agent = "Cisco-CP7960G/8.0",
	  .head = SHAPE_MRSIP("{m}", "User-agent") "Content-Type: application/sdp\r\n"
						   "Content-Length: {L}\r\n",
	  .body = "v=0\r\no=Z 23137520 1 IN IP4 192.168.1.45\r\ns=Z\r\nc=IN IP4 192.168.1.45\r\n"
		  "t=0 0\r\nm=audio 8002 RTP/AVP 3 110 8 0 98 101\r\na=rtpmap:110 speex/8000\r\n"
		  "a=rtpmap:98 iLBC/8000\r\na=fmtp:98 mode=20\r\na=sendrecv\r\n" },
	{ .name = "mrsip-bye",
	  .reason = "mrsip-shape",
	  .methods = "BYE CANCEL",
	  .agent = "Cisco-CP7960G/8.0",
	  .head = SHAPE_MRSIP("INVITE", "User-Agent") "Content-Length: 0\r\n" },
	{ .name = "nmap-methods",
	  .reason = "nmap-shape",
	  .methods = "OPTIONS",
	  .agent = "Nmap NSE",
	  .head = SHAPE_NMAP("Accept: application/sdp\r\n") "Content-Length: 0\r\n" },
	{ .name = "nmap-enum-users",
	  .reason = "nmap-shape",
	  .methods = "REGISTER INVITE",
	  .agent = "Nmap NSE",
	  .head = SHAPE_NMAP("Allow: PRACK, INVITE ,ACK, BYE, CANCEL, UPDATE, SUBSCRIBE\r\n"
			     "Expires: 900\r\n") "Content-Length: 0\r\n" },
	{ .name = "nmap-version",
	  .reason = "nmap-probe",
	  .methods = "OPTIONS",
	  .agent = "",
	  .head = "OPTIONS sip:nm SIP/2.0\r\n"
		  "Via: SIP/2.0/TCP nm;branch=foo\r\n"
		  "From: <sip:nm@nm>;tag=root\r\n"
		  "To: <sip:nm2@nm2>\r\n"
		  "Call-ID: 50000\r\n"
		  "CSeq: 42 OPTIONS\r\n"
		  "Max-Forwards: 70\r\n"
		  "Content-Length: 0\r\n"
		  "Contact: <sip:nm@nm>\r\n"
		  "Accept: application/sdp\r\n" },
	{ .name = "zmap",
	  .reason = "zmap-template",
	  .methods = "OPTIONS",
	  .agent = "{l8}",
	  .head = "OPTIONS sip:{l8}@{D} SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP {S}:{p};branch={l6}.{d10};rport;alias\r\n"
		  "From: sip:{V=l8}@{S}:{p};tag={d8}\r\n"
		  "To: sip:{l8}@{D}\r\n"
		  "Call-ID: {d10}@{S}\r\n"
		  "CSeq: 1 OPTIONS\r\n"
		  "Contact: sip:{V}@{S}:{p}\r\n"
		  "Content-Length: 0\r\n"
		  "Max-Forwards: 20\r\n"
		  "User-Agent: {l8}\r\n"
		  "Accept: text/plain\r\n" },
	{ .name = "masscan",
	  .reason = "rfc-example",
	  .methods = "OPTIONS",
	  .agent = "",
	  .head = "OPTIONS sip:carol@chicago.com SIP/2.0\r\n"
		  "OPTIONS sip:carol@chicago.com SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKhjhs8ass877\r\n"
		  "Max-Forwards: 70\r\n"
		  "To: <sip:carol@chicago.com>\r\n"
		  "From: Alice <sip:alice@atlanta.com>;tag=1928301774\r\n"
		  "Call-ID: a84b4c76e66710\r\n"
		  "CSeq: 63104 OPTIONS\r\n"
		  "Contact: <sip:alice@pc33.atlanta.com>\r\n"
		  "Accept: application/sdp\r\nContent-Length: 0\r\n" },
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

#endif
