/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads a saved SNMP walk: what `snmpwalk -On` printed.
 *
 *     .1.0.8802.1.1.2.1.3.2.0 = Hex-STRING: 76 F7 54 9C 09 43
 *     .1.0.8802.1.1.2.1.3.3.0 = STRING: "tor1"
 *
 * A row begins with an OID; lines that do not begin so go on with the value
 * before them. Blanks before an OID are those of a text that was indented.
 * -Oq, which leaves out the = and the type, and -OQ, which leaves
 * out the type, are read as well. What is no row is counted and passed over,
 * so that one odd line never hides a switch.
 */
#include "topology/snmptext_value.h"
#include "topology/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/msg.h"

struct snmptext {
    struct text_span left; /* what has not been read yet */
    bool quick;            /* -Oq: an OID, a blank and a value */
    bool continued;        /* the last value may go on in the next line */
    size_t rows, lines, cuts;
    uint8_t *value; /* the octets of a row */
};

/* --- rows ---------------------------------------------------------------- */

/* Reads ".1.3.6", "1.3.6" or "iso.3.6". 0: there is none. */
static size_t text_read_oid(struct text_span *s, uint32_t *oid)
{
    size_t n = 0;

    if (text_skip(s, "iso"))
        oid[n++] = 1;
    while (s->p < s->end &&
           (*s->p == '.' || (!n && *s->p >= '0' && *s->p <= '9'))) {
        uint64_t x = 0;
        const char *digits = *s->p == '.' ? ++s->p : s->p;

        while (s->p < s->end && *s->p >= '0' && *s->p <= '9') {
            x = x * 10 + (uint64_t)(*s->p++ - '0');
            if (x > UINT32_MAX)
                return 0;
        }
        if (s->p == digits || n == MIB_OID_MAX)
            return 0;
        oid[n++] = (uint32_t)x;
    }
    return n;
}

static bool text_skip_blanks(struct text_span *s)
{
    const char *from = s->p;

    while (text_skip(s, " ") || text_skip(s, "\t"))
        ;
    return s->p > from;
}

/* Whether a row begins here: an OID, and what divides it from its value. Then
 * s is left at the value. Behind blanks an OID has its dot, since the lines of
 * a value may begin with a number. */
static bool text_row_begins(struct text_span *s, bool quick, uint32_t *oid,
                            size_t *n)
{
    struct text_span t = *s;
    bool blanks;

    if (text_skip_blanks(&t) && !text_starts(&t, ".") &&
        !text_starts(&t, "iso."))
        return false;
    *n = text_read_oid(&t, oid);
    if (!*n)
        return false;
    blanks = text_skip_blanks(&t);
    if (quick ? !blanks : !text_skip(&t, "="))
        return false;
    if (!quick && !text_skip(&t, " "))
        text_skip(&t, "\t");
    *s = t;
    return true;
}

/* The text from here to the next row, without the end of its last line. */
static struct text_span text_to_next_row(const struct snmptext *t,
                                         struct text_span from)
{
    struct text_span all = from, line = from;
    uint32_t oid[MIB_OID_MAX];
    size_t n;

    do {
        all.end = text_line_end(&line);
        line.p = all.end < line.end ? all.end + 1 : line.end;
    } while (line.p < line.end &&
             !text_row_begins(&(struct text_span){ line.p, line.end },
                              t->quick, oid, &n));
    return all;
}

/* --- lines that are no row ----------------------------------------------- */

/* What a walk prints when it did not come to its end. */
static bool line_tells_cut(const struct text_span *line)
{
    static const char *const words[] = { "Timeout", "Error in packet",
                                         "snmpwalk:", "snmpbulkwalk:" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_starts(line, words[i]))
            return true;
    return false;
}

/* The lines behind a value: they go on with it, or are counted. */
static void text_pass_over(struct snmptext *t, struct text_span s,
                           bool goes_on)
{
    while (s.p < s.end) {
        struct text_span line = { s.p, text_line_end(&s) };

        s.p = line.end < s.end ? line.end + 1 : s.end;
        text_trim(&line);
        if (line_tells_cut(&line))
            t->cuts++;
        else if (line.p < line.end && !goes_on &&
                 !text_starts(&line, "No more variables"))
            t->lines++;
    }
}

static int text_read_row(struct snmptext *t, struct mib *m)
{
    struct mib_value v = { .type = MIB_OTHER };
    uint32_t oid[MIB_OID_MAX];
    struct text_span row, rest;
    bool goes_on;
    size_t n;

    if (!text_row_begins(&t->left, t->quick, oid, &n)) {
        row = text_to_next_row(t, t->left);
        text_pass_over(t, row, false);
        t->left.p = row.end < t->left.end ? row.end + 1 : t->left.end;
        return 0;
    }
    t->rows++;
    /* a string in quotes may hold what looks like a row */
    row = text_quoted_end(&t->left, text_to_next_row(t, t->left).end);
    rest = row;
    goes_on = snmptext_value(&rest, t->value, &v);
    text_pass_over(t, rest, goes_on);
    t->left.p = row.end < t->left.end ? row.end + 1 : t->left.end;
    return text_starts(&row, "No Such ") || text_starts(&row, "No more ")
               ? 0
               : mib_row(m, oid, n, &v);
}

/* --- the file ------------------------------------------------------------ */

/* Which way the values are written: the first line with an OID tells. */
static bool text_is_quick(struct text_span s)
{
    uint32_t oid[MIB_OID_MAX];
    size_t n;

    for (; s.p < s.end; s.p = text_line_end(&s) + 1) {
        struct text_span line = { s.p, text_line_end(&s) };

        if (text_row_begins(&line, false, oid, &n))
            return false;
        if (text_row_begins(&line, true, oid, &n))
            return true;
        if (line.end == s.end)
            break;
    }
    return false;
}

/* Windows' shell writes UTF-16, in either order of its octets. Characters that
 * ASCII has not become ?, since none of them is in what counts. Returns the
 * text, which is the caller's to free; NULL: out of memory. */
static char *text_from_utf16(struct text_span *s, bool high_first)
{
    size_t n = (size_t)(s->end - s->p) / 2;
    char *plain = malloc(n + 1);

    for (size_t i = 0; plain && i < n; i++) {
        unsigned char lo = (unsigned char)s->p[2 * i + high_first],
                      hi = (unsigned char)s->p[2 * i + !high_first];

        plain[i] = !hi && lo && lo < 0x80 ? (char)lo : '?';
    }
    *s = (struct text_span){ plain, plain ? plain + n : NULL };
    return plain;
}

/* Whether lines end with a carriage return alone, as those of some terminals'
 * logs do: that is so where such ends are more than the others. */
static bool text_has_lone_returns(struct text_span s)
{
    size_t alone = 0, feeds = 0;

    for (; s.p < s.end; s.p++) {
        feeds += *s.p == '\n';
        alone += *s.p == '\r' && s.p + 1 < s.end && s.p[1] != '\n' &&
                 s.p[1] != '\r';
    }
    return alone > feeds;
}

/* A text with line feeds, which is the caller's to free; NULL: out of
 * memory. */
static char *text_from_returns(struct text_span *s)
{
    size_t n = (size_t)(s->end - s->p);
    char *plain = malloc(n + 1);

    if (!plain) {
        *s = (struct text_span){ NULL, NULL };
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        plain[i] = s->p[i] == '\r' ? '\n' : s->p[i];
    *s = (struct text_span){ plain, plain + n };
    return plain;
}

static int text_read_all(struct snmptext *t, struct mib *m, const char *name,
                         struct msg *err)
{
    int rc = 0;

    text_skip(&t->left, "\xef\xbb\xbf");
    t->quick = text_is_quick(t->left);
    while (!rc && t->left.p < t->left.end)
        rc = text_read_row(t, m);
    if (rc)
        msg_set(err, "%s: %s", name,
                rc == -E2BIG ? "more rows than any switch has"
                             : "out of memory");
    else if (!t->rows && t->lines + t->cuts) {
        msg_set(err,
                "%s:1: no line begins with an OID in numbers; `snmpwalk -On` "
                "prints it so",
                name);
        rc = -EINVAL;
    }
    return rc;
}

int topo_snmptext_parse(struct topo_view *v, const char *name,
                        const char *text, size_t len, struct msg *err)
{
    struct snmptext t = { .left = { text, text + len },
                          .value = malloc(SNMPTEXT_VALUE_MAX) };
    struct mib *m = mib_new();
    char *plain = NULL, *lines = NULL;
    int rc = -ENOMEM;

    if (text_skip(&t.left, "\xff\xfe"))
        plain = text_from_utf16(&t.left, false);
    else if (text_skip(&t.left, "\xfe\xff"))
        plain = text_from_utf16(&t.left, true);
    if (t.left.p && text_has_lone_returns(t.left))
        lines = text_from_returns(&t.left);
    if (!t.left.p || !t.value || !m) {
        msg_set(err, "%s: out of memory", name);
        goto out;
    }
    rc = text_read_all(&t, m, name, err);
    if (rc)
        goto out;
    mib_finish(m, v);
    v->refused[TOPO_REFUSED_LINE] += t.lines;
    v->refused[TOPO_REFUSED_CUT] += t.cuts;
    rc = topo_view_check(v);
    if (rc)
        msg_set(err, "%s: out of memory", name);
out:
    mib_free(m);
    free(t.value);
    free(plain);
    free(lines);
    return rc;
}
