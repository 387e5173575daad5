// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/parity/explain.h"

static const struct {
	const char *name;
	char compact;
} field_headers[FIELD_MAX] = {
	[FIELD_BRANCH] = { "Via", 'v' },    [FIELD_FROM_TAG] = { "From", 'f' },
	[FIELD_LAST_TAG] = { "From", 'f' }, [FIELD_CALL_ID] = { "Call-ID", 'i' },
	[FIELD_CSEQ] = { "CSeq", 0 },	    [FIELD_CSEQ_METHOD] = { "CSeq", 0 },
};

const struct value *ours(const struct difference *d)
{
	return &d->shield->field[d->field];
}

const struct value *theirs(const struct difference *d)
{
	return &d->other->field[d->field];
}

const struct header *header_of(const struct difference *d)
{
	static struct headers headers;

	if (d->field >= FIELD_MAX || !field_headers[d->field].name)
		return NULL;
	headers_find(d->message, &headers);
	return headers_named(d->message, &headers, field_headers[d->field].name,
			     field_headers[d->field].compact);
}

bool same_in(const struct difference *d, const struct message *m)
{
	static struct reading again;

	shield_read(m, &again);
	if (again.taken != d->other->taken || d->field == FIELD_MAX)
		return again.taken == d->other->taken;
	return d->by_kamailio ? value_same(&again.field[d->field], theirs(d))
			      : osip_same(&again.field[d->field], theirs(d));
}

bool is_control(char c)
{
	return c >= 0 && c < ' ' && c != '\t' && c != '\r' && c != '\n';
}
