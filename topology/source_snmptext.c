/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The text twin of an SNMP walk: what `snmpwalk -On` printed.
 *
 *     .1.0.8802.1.1.2.1.3.2.0 = Hex-STRING: 76 F7 54 9C 09 43
 *     .1.0.8802.1.1.2.1.3.3.0 = STRING: "tor1"
 *
 * A string may go on over several lines until its quote is closed; hex octets
 * may go on in lines of their own.
 */
#include "topology/lldpmib.h"
#include "topology/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/msg.h"

enum { VALUE_MAX = 65536 };

struct text {
    const char *p, *end;
    unsigned line;
    uint8_t *value; /* octets of the present row */
    size_t len;
};

static const char *line_end(const struct text *t)
{
    const char *e = memchr(t->p, '\n', (size_t)(t->end - t->p));

    return e ? e : t->end;
}

static void next_line(struct text *t)
{
    t->p = line_end(t);
    if (t->p < t->end)
        t->p++;
    t->line++;
}

static bool starts(const struct text *t, const char *word)
{
    size_t n = strlen(word);

    return (size_t)(t->end - t->p) >= n && !memcmp(t->p, word, n);
}

static bool skip(struct text *t, const char *word)
{
    if (!starts(t, word))
        return false;
    t->p += strlen(word);
    return true;
}

static void put(struct text *t, uint8_t octet)
{
    if (t->len < VALUE_MAX)
        t->value[t->len++] = octet;
}

/* ".1.3.6" or "iso.3.6" */
static const char *read_oid(struct text *t, uint32_t *oid, size_t *n)
{
    *n = 0;
    if (skip(t, "iso"))
        oid[(*n)++] = 1;
    while (t->p < t->end && *t->p == '.') {
        uint64_t x = 0;
        const char *digits = ++t->p;

        while (t->p < t->end && *t->p >= '0' && *t->p <= '9') {
            x = x * 10 + (uint64_t)(*t->p++ - '0');
            if (x > UINT32_MAX)
                return "a number of an OID is over 32 bits";
        }
        if (t->p == digits)
            return "an OID with a part that is no number; was it -On?";
        if (*n == MIB_OID_MAX)
            return "an OID of over 128 numbers";
        oid[(*n)++] = (uint32_t)x;
    }
    return *n ? NULL : "a line that does not begin with an OID";
}

/* A quoted string, to its closing quote, over lines if need be. */
static const char *read_quoted(struct text *t)
{
    while (t->p < t->end && *t->p != '"') {
        if (*t->p == '\\' && t->end - t->p > 1)
            t->p++;
        if (*t->p == '\n')
            t->line++;
        put(t, (uint8_t)*t->p++);
    }
    if (t->p == t->end)
        return "a string without its closing quote";
    t->p++;
    return NULL;
}

static int nibble(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* Pairs of hex digits; a line that begins with such a pair and a blank goes
 * on with them, since no other line does. */
static const char *read_hex(struct text *t)
{
    for (;;) {
        while (t->p < t->end && (*t->p == ' ' || *t->p == '\r'))
            t->p++;
        if (t->p == t->end)
            return NULL;
        if (*t->p == '\n') {
            if (t->end - t->p < 4 || nibble(t->p[1]) < 0 ||
                nibble(t->p[2]) < 0 || (t->p[3] != ' ' && t->p[3] != '\n'))
                return NULL;
            t->p++;
            t->line++;
        }
        if (t->end - t->p < 2 || nibble(t->p[0]) < 0 || nibble(t->p[1]) < 0)
            return "a Hex-STRING with something else than pairs of digits";
        put(t, (uint8_t)(nibble(t->p[0]) << 4 | nibble(t->p[1])));
        t->p += 2;
    }
}

static const char *read_number(struct text *t, int64_t *num)
{
    bool minus = skip(t, "-");
    int64_t x = 0;
    const char *digits = t->p;

    /* with MIBs loaded: "up(1)"; ticks: "(300) 0:00:03.00" */
    while (t->p < line_end(t) && *t->p != '(' && (*t->p < '0' || *t->p > '9'))
        t->p++;
    if (t->p < t->end && *t->p == '(')
        t->p++;
    for (digits = t->p; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++)
        if (x < INT64_MAX / 10 - 10)
            x = x * 10 + (*t->p - '0');
    if (t->p == digits)
        return "a number without digits";
    *num = minus ? -x : x;
    return NULL;
}

static const char *read_value(struct text *t, struct mib_value *v)
{
    static const char *const numbers[] = {
        "INTEGER: ",   "Gauge32: ",   "Counter32: ",
        "Counter64: ", "Timeticks: ", "Unsigned32: ",
    };
    const char *why;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (skip(t, numbers[i])) {
            v->type = MIB_NUMBER;
            return read_number(t, &v->num);
        }
    if (skip(t, "Hex-STRING:")) {
        why = read_hex(t);
    } else if (skip(t, "STRING: \"") || skip(t, "\"")) {
        why = read_quoted(t);
    } else if (skip(t, "STRING: ")) {
        for (why = NULL; t->p < line_end(t); t->p++)
            put(t, (uint8_t)*t->p);
    } else {
        return NULL; /* OID, IpAddress, ..: no column that counts has them */
    }
    v->type = MIB_OCTETS;
    v->octets = t->value;
    v->len = t->len;
    return why;
}

/* Leaves t at the start of the next line. */
static const char *read_row(struct text *t, struct mib *m, int *rc)
{
    struct mib_value v = { .type = MIB_OTHER };
    uint32_t oid[MIB_OID_MAX];
    const char *why;
    bool absent;
    size_t n;

    why = read_oid(t, oid, &n);
    if (why)
        return why;
    if (!skip(t, " = ") && !skip(t, " ="))
        return "an OID without \" = \" behind it";
    t->len = 0;
    absent = starts(t, "No Such ");
    why = read_value(t, &v);
    if (why)
        return why;
    next_line(t);
    if (absent)
        return NULL;
    *rc = mib_row(m, oid, n, &v);
    return *rc == -E2BIG ? "more rows than any switch has" : NULL;
}

int topo_snmptext_parse(struct topo_view *v, const char *name,
                        const char *text, size_t len, struct msg *err)
{
    struct text t = { text, text + len, 1, malloc(VALUE_MAX), 0 };
    struct mib *m = mib_new();
    const char *why = NULL;
    int rc = t.value && m ? 0 : -ENOMEM;

    while (!rc && !why && t.p < t.end) {
        if (*t.p == '\n' || *t.p == '\r')
            next_line(&t);
        else if (starts(&t, "No more variables"))
            next_line(&t);
        else
            why = read_row(&t, m, &rc);
    }
    if (why) {
        rc = rc ? rc : -EINVAL;
        msg_set(err, "%s:%u: %s", name, t.line, why);
        goto out;
    }
    if (!rc) {
        mib_finish(m, v);
        rc = topo_view_check(v);
    }
    if (rc)
        msg_set(err, "%s: out of memory", name);
out:
    mib_free(m);
    free(t.value);
    return rc;
}
