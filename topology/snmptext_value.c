/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the values of a saved SNMP walk, with a type before them or none. */
#include "topology/snmptext_value.h"

#include <string.h>

#include "topology/view.h"

bool text_starts(const struct text_span *s, const char *word)
{
    size_t n = strlen(word);

    return (size_t)(s->end - s->p) >= n && !memcmp(s->p, word, n);
}

bool text_skip(struct text_span *s, const char *word)
{
    if (!text_starts(s, word))
        return false;
    s->p += strlen(word);
    return true;
}

const char *text_line_end(const struct text_span *s)
{
    const char *e =
        s->p < s->end ? memchr(s->p, '\n', (size_t)(s->end - s->p)) : NULL;

    return e ? e : s->end;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void text_trim(struct text_span *s)
{
    while (s->end > s->p && is_blank(s->end[-1]))
        s->end--;
}

/* The first line of s, without blanks at its end. */
static struct text_span first_line(const struct text_span *s)
{
    struct text_span line = { s->p, text_line_end(s) };

    text_trim(&line);
    return line;
}

/* --- strings in quotes --------------------------------------------------- */

/* Steps over the type, if there is one, and blanks. */
static bool skip_type(struct text_span *s, const char *type)
{
    if (!text_skip(s, type))
        return false;
    while (s->p < s->end && *s->p == ' ')
        s->p++;
    return true;
}

/* net-snmp says so before a value of another type than the MIB has. */
static void skip_wrong_type(struct text_span *s)
{
    const char *e;

    if (!text_starts(s, "Wrong Type (should be "))
        return;
    e = memchr(s->p, ')', (size_t)(text_line_end(s) - s->p));
    if (!e)
        return;
    s->p = e + 1;
    skip_type(s, ":");
}

/* The quote that closes a string, which begins at s. NULL: a quote that stands
 * inside a line shows that it is missing, or the text ends. */
static const char *closing_quote(const struct text_span *s)
{
    for (const char *p = s->p; p < s->end; p++) {
        struct text_span rest = { p + 1, s->end };

        if (*p == '\\' && p + 1 < s->end) {
            p++;
            continue;
        }
        if (*p != '"')
            continue;
        rest = first_line(&rest);
        return rest.p == rest.end ? p : NULL;
    }
    return NULL;
}

struct text_span text_quoted_end(const struct text_span *s, const char *next)
{
    struct text_span t = *s, all = { s->p, next };
    const char *quote;

    skip_wrong_type(&t);
    skip_type(&t, "STRING:");
    if (!text_skip(&t, "\""))
        return all;
    quote = closing_quote(&t);
    if (!quote)
        return all;
    t.p = quote;
    all.end = text_line_end(&t);
    return all;
}

/* Without a buffer it only counts. */
static void put(struct mib_value *v, uint8_t *buf, uint8_t octet)
{
    if (v->len >= SNMPTEXT_VALUE_MAX)
        return;
    if (buf)
        buf[v->len] = octet;
    v->len++;
}

static void put_line(struct text_span *s, uint8_t *buf, struct mib_value *v)
{
    struct text_span line = first_line(s);

    for (; line.p < line.end; line.p++)
        put(v, buf, (uint8_t)*line.p);
    s->p = text_line_end(s);
}

/* The string after its opening quote. Without a closing one it is its first
 * line; a quote at the end of that is none of the string. */
static void read_quoted(struct text_span *s, uint8_t *buf, struct mib_value *v)
{
    const char *quote = closing_quote(s), *end = quote;
    struct text_span line = first_line(s);

    if (!end)
        end =
            line.end > line.p && line.end[-1] == '"' ? line.end - 1 : line.end;
    for (; s->p < end; s->p++) {
        if (*s->p == '\\' && s->p + 1 < end)
            s->p++;
        put(v, buf, (uint8_t)*s->p);
    }
    s->p = text_line_end(s);
}

/* --- octets -------------------------------------------------------------- */

static int hex_nibble(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* Reads pairs of hex digits, each of which ends with a blank, a colon, a
 * hyphen or the text. False: there is something else, at which s is left. */
static bool read_pairs(struct text_span *s, uint8_t *buf, struct mib_value *v)
{
    for (;;) {
        while (s->p < s->end && is_blank(*s->p))
            s->p++;
        if (s->p == s->end)
            return true;
        if (s->end - s->p < 2 || hex_nibble(s->p[0]) < 0 ||
            hex_nibble(s->p[1]) < 0 ||
            (s->end - s->p > 2 && !is_blank(s->p[2]) && s->p[2] != ':' &&
             s->p[2] != '-'))
            return false;
        put(v, buf, (uint8_t)(hex_nibble(s->p[0]) << 4 | hex_nibble(s->p[1])));
        s->p += s->end - s->p > 2 ? 3 : 2;
    }
}

/* Hex octets may go on in lines of their own. What is no pair ends them: the
 * names of bits, the text of -OT, or lines that are no row. A MAC address may
 * be written as text, with single digits. */
static void read_hex(struct text_span *s, uint8_t *buf, struct mib_value *v)
{
    struct text_span line = first_line(s), first = *s;
    char mac[18];

    if (topo_mac_parse(line.p, (size_t)(line.end - line.p), mac)) {
        s->p = line.p;
        for (const char *p = mac; *p; p++)
            put(v, buf, (uint8_t)*p);
    } else if (read_pairs(s, buf, v)) {
        s->p = s->end;
    } else if (!v->len && line.p < line.end) {
        v->type = MIB_OTHER;
        s->p = first.p;
    }
    if (s->p < s->end)
        s->p = text_line_end(s);
}

/* --- numbers ------------------------------------------------------------- */

/* What is larger than the largest is the largest. */
static bool read_digits(struct text_span *s, struct mib_value *v)
{
    const char *digits = s->p;
    uint64_t x = 0;

    for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++) {
        unsigned digit = (unsigned)(*s->p - '0');

        x = x > (UINT64_MAX - digit) / 10 ? UINT64_MAX : x * 10 + digit;
    }
    v->wide = x;
    v->num = x < INT64_MAX ? (int64_t)x : INT64_MAX;
    return s->p > digits;
}

/* "5"; "up(1)"; of ticks "(300) 0:00:03.00" */
static bool read_number(struct text_span line, struct mib_value *v)
{
    bool minus = text_skip(&line, "-");
    const char *paren;

    if (read_digits(&line, v)) {
        v->num = minus ? -v->num : v->num;
        return true;
    }
    paren = memchr(line.p, '(', (size_t)(line.end - line.p));
    if (!paren)
        return false;
    line.p = paren + 1;
    return read_digits(&line, v) && line.p < line.end && *line.p == ')';
}

/* --- values -------------------------------------------------------------- */

/* Whether all of s is pairs of hex digits, two at least. */
static bool is_pairs(struct text_span s)
{
    struct mib_value v = { .type = MIB_OTHER };

    return read_pairs(&s, NULL, &v) && v.len > 1;
}

/* -Oq and -OQ print octets in quotes, with a blank behind each. */
static bool is_quoted_pairs(const struct text_span *s)
{
    const char *quote = closing_quote(s);

    return quote && quote > s->p && quote[-1] == ' ' &&
           is_pairs((struct text_span){ s->p, quote });
}

/* A value without its type: digits may be a number or a text, pairs of hex
 * digits with blanks between are octets. */
static bool read_untyped(struct text_span *s, uint8_t *buf,
                         struct mib_value *v)
{
    bool quoted = text_skip(s, "\"");
    struct text_span line = first_line(s);

    v->type = MIB_UNTYPED;
    if (quoted && !is_quoted_pairs(s)) {
        read_quoted(s, buf, v);
        return false;
    }
    if (quoted || is_pairs(*s)) {
        line.p = s->p;
        line.end = quoted ? closing_quote(s) : s->end;
        read_pairs(&line, buf, v);
        s->p = s->end;
        return false;
    }
    v->digits = read_digits(&line, v) && line.p == line.end;
    put_line(s, buf, v);
    return true;
}

/* Types whose values are of no interest. */
static bool type_is_other(const struct text_span *s)
{
    static const char *const others[] = {
        "OID:",     "IpAddress:",        "Opaque:", "Network Address:",
        "No Such ", "No more variables", "NULL"
    };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (text_starts(s, others[i]))
            return true;
    return false;
}

static bool skip_number_type(struct text_span *s)
{
    static const char *const types[] = {
        "INTEGER:",   "Gauge32:",   "Counter32:",
        "Counter64:", "Timeticks:", "Unsigned32:",
    };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (skip_type(s, types[i]))
            return true;
    return false;
}

bool snmptext_value(struct text_span *s, uint8_t *buf, struct mib_value *v)
{
    bool goes_on = false;

    *v = (struct mib_value){ .type = MIB_OCTETS, .octets = buf };
    skip_wrong_type(s);
    if (type_is_other(s)) {
        v->type = MIB_OTHER;
        s->p = text_line_end(s);
    } else if (skip_number_type(s)) {
        v->type = read_number(first_line(s), v) ? MIB_NUMBER : MIB_OTHER;
        s->p = text_line_end(s);
    } else if (skip_type(s, "Hex-STRING:") || skip_type(s, "BITS:")) {
        read_hex(s, buf, v);
    } else if (skip_type(s, "STRING:")) {
        if (text_skip(s, "\"")) {
            read_quoted(s, buf, v);
        } else {
            put_line(s, buf, v);
            goes_on = true;
        }
    } else {
        goes_on = read_untyped(s, buf, v);
    }
    return goes_on;
}
