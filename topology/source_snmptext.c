/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads a saved SNMP walk: what `snmpwalk -On` printed.
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

struct snmptext {
    const char *p, *end;
    unsigned line;
    uint8_t *value; /* the octets of this row */
    size_t len;
};

static const char *text_line_end(const struct snmptext *t)
{
    const char *e = memchr(t->p, '\n', (size_t)(t->end - t->p));

    return e ? e : t->end;
}

static void text_next_line(struct snmptext *t)
{
    t->p = text_line_end(t);
    if (t->p < t->end)
        t->p++;
    t->line++;
}

static bool text_starts(const struct snmptext *t, const char *word)
{
    size_t n = strlen(word);

    return (size_t)(t->end - t->p) >= n && !memcmp(t->p, word, n);
}

static bool text_skip(struct snmptext *t, const char *word)
{
    if (!text_starts(t, word))
        return false;
    t->p += strlen(word);
    return true;
}

static void text_put(struct snmptext *t, uint8_t octet)
{
    if (t->len < VALUE_MAX)
        t->value[t->len++] = octet;
}

/* ".1.3.6" or "iso.3.6" */
static const char *text_read_oid(struct snmptext *t, uint32_t *oid, size_t *n)
{
    *n = 0;
    if (text_skip(t, "iso"))
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

/* A quoted string may go on over several lines. */
static const char *text_read_quoted(struct snmptext *t)
{
    while (t->p < t->end && *t->p != '"') {
        if (*t->p == '\\' && t->end - t->p > 1)
            t->p++;
        if (*t->p == '\n')
            t->line++;
        text_put(t, (uint8_t)*t->p++);
    }
    if (t->p == t->end)
        return "a string without its closing quote";
    t->p++;
    return NULL;
}

static int hex_nibble(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* Pairs of hex digits. A line that begins with such a pair and a blank belongs
 * to them, since no other line begins so. */
static const char *text_read_hex(struct snmptext *t)
{
    for (;;) {
        while (t->p < t->end && (*t->p == ' ' || *t->p == '\r'))
            t->p++;
        if (t->p == t->end)
            return NULL;
        if (*t->p == '\n') {
            if (t->end - t->p < 4 || hex_nibble(t->p[1]) < 0 ||
                hex_nibble(t->p[2]) < 0 || (t->p[3] != ' ' && t->p[3] != '\n'))
                return NULL;
            t->p++;
            t->line++;
        }
        if (t->end - t->p < 2 || hex_nibble(t->p[0]) < 0 ||
            hex_nibble(t->p[1]) < 0)
            return "a Hex-STRING with something else than pairs of digits";
        text_put(t, (uint8_t)(hex_nibble(t->p[0]) << 4 | hex_nibble(t->p[1])));
        t->p += 2;
    }
}

static const char *text_read_number(struct snmptext *t, int64_t *num)
{
    bool minus = text_skip(t, "-");
    int64_t x = 0;
    const char *digits = t->p;

    /* with MIBs loaded: "up(1)"; ticks: "(300) 0:00:03.00" */
    while (t->p < text_line_end(t) && *t->p != '(' &&
           (*t->p < '0' || *t->p > '9'))
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

static const char *text_read_value(struct snmptext *t, struct mib_value *v)
{
    static const char *const numbers[] = {
        "INTEGER: ",   "Gauge32: ",   "Counter32: ",
        "Counter64: ", "Timeticks: ", "Unsigned32: ",
    };
    const char *why;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (text_skip(t, numbers[i])) {
            v->type = MIB_NUMBER;
            return text_read_number(t, &v->num);
        }
    if (text_skip(t, "Hex-STRING:")) {
        why = text_read_hex(t);
    } else if (text_skip(t, "STRING: \"") || text_skip(t, "\"")) {
        why = text_read_quoted(t);
    } else if (text_skip(t, "STRING: ")) {
        for (why = NULL; t->p < text_line_end(t); t->p++)
            text_put(t, (uint8_t)*t->p);
    } else {
        return NULL; /* OID, IpAddress, ..: no column that counts has them */
    }
    v->type = MIB_OCTETS;
    v->octets = t->value;
    v->len = t->len;
    return why;
}

/* Ends at the start of the next line. */
static const char *text_read_row(struct snmptext *t, struct mib *m, int *rc)
{
    struct mib_value v = { .type = MIB_OTHER };
    uint32_t oid[MIB_OID_MAX];
    const char *why;
    bool absent;
    size_t n;

    why = text_read_oid(t, oid, &n);
    if (why)
        return why;
    if (!text_skip(t, " = ") && !text_skip(t, " ="))
        return "an OID without \" = \" behind it";
    t->len = 0;
    absent = text_starts(t, "No Such ");
    why = text_read_value(t, &v);
    if (why)
        return why;
    text_next_line(t);
    if (absent)
        return NULL;
    *rc = mib_row(m, oid, n, &v);
    return *rc == -E2BIG ? "more rows than any switch has" : NULL;
}

int topo_snmptext_parse(struct topo_view *v, const char *name,
                        const char *text, size_t len, struct msg *err)
{
    struct snmptext t = { text, text + len, 1, malloc(VALUE_MAX), 0 };
    struct mib *m = mib_new();
    const char *why = NULL;
    int rc = t.value && m ? 0 : -ENOMEM;

    while (!rc && !why && t.p < t.end) {
        if (*t.p == '\n' || *t.p == '\r')
            text_next_line(&t);
        else if (text_starts(&t, "No more variables"))
            text_next_line(&t);
        else
            why = text_read_row(&t, m, &rc);
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
