/* SPDX-License-Identifier: LGPL-2.1-only */
/* Formats and parses the lines on rackhop-wire's control socket. */
#include "libxl-ext/wire/lane_words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libxl-ext/wire/chunk.h"

/* --- pieces of a line ------------------------------------------------------------- */

static size_t lane_length(int n)
{
    return n < LANE_WORDS_MAX ? (size_t)n : LANE_WORDS_MAX - 1;
}

/* Passes a word and the space behind it. */
static bool lane_word(const char **s, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(*s, word, n) || ((*s)[n] && (*s)[n] != ' '))
        return false;
    *s += n + ((*s)[n] == ' ');
    return true;
}

static bool lane_number(const char **s, uint64_t max, uint64_t *v_r)
{
    size_t n = strspn(*s, "0123456789");
    uint64_t v = 0;

    if (!n || n > 19 || ((*s)[n] && (*s)[n] != ' '))
        return false;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + (uint64_t)((*s)[i] - '0');
    *s += n + ((*s)[n] == ' ');
    *v_r = v;
    return v <= max;
}

static int lane_nibble(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

static bool lane_hex(const char **s, uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int high = lane_nibble((*s)[0]), low = -1;

        if (high >= 0)
            low = lane_nibble((*s)[1]);
        if (low < 0)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
        *s += 2;
    }
    if (**s && **s != ' ')
        return false;
    *s += **s == ' ';
    return true;
}

static void lane_put_hex(char *to, const uint8_t *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        snprintf(to + 2 * i, 3, "%02x", from[i]);
}

/* Printable text to the line's end. */
static bool lane_text(const char *s, char *to, size_t size)
{
    size_t n = strlen(s);

    if (!n || n >= size)
        return false;
    for (size_t i = 0; i < n; i++)
        if (s[i] < ' ' || s[i] > '~')
            return false;
    memcpy(to, s, n + 1);
    return true;
}

/* --- start and orders ----------------------------------------------------------------- */

size_t lane_start_pki_size(const struct lane_start *s)
{
    size_t n = 0;

    for (int i = 0; s->by_pki && i < LANE_PKI_PARTS; i++)
        n += s->part[i];
    return n;
}

static void lane_put_parts(const struct lane_start *s, char *to, size_t size)
{
    size_t n = (size_t)snprintf(to, size, s->by_pki ? " pki" : "");

    for (int i = 0; s->by_pki && i < LANE_PKI_PARTS; i++)
        n += (size_t)snprintf(to + n, size - n, " %zu", s->part[i]);
}

size_t lane_start_put(const struct lane_start *s, char line[LANE_WORDS_MAX])
{
    char id[2 * LANE_ID + 1], key[2 * LANE_KEY + 1], parts[128];
    int n;

    lane_put_hex(id, s->id, LANE_ID);
    lane_put_hex(key, s->key, LANE_KEY);
    lane_put_parts(s, parts, sizeof parts);
    n = snprintf(
        line, LANE_WORDS_MAX, "%s %d %s %u %u %u %" PRIu64 " %u %s %s%s",
        s->source ? "source" : "target", CHUNK_VERSION, s->address, s->first,
        s->last, s->lanes, s->rate, s->patience_s, id, key, parts);
    explicit_bzero(key, sizeof key);
    return lane_length(n);
}

/* All but the CRL has bytes. */
static bool lane_parts(const char **s, struct lane_start *to)
{
    to->by_pki = lane_word(s, "pki");
    for (int i = 0; to->by_pki && i < LANE_PKI_PARTS; i++) {
        uint64_t v;

        if (!lane_number(s, LANE_PKI_MAX, &v) || (!v && i != LANE_PKI_CRL))
            return false;
        to->part[i] = (size_t)v;
    }
    return true;
}

static bool lane_address(const char **s, char *to, size_t size)
{
    size_t n = strspn(*s, "0123456789abcdefABCDEF.:");

    if (!n || n >= size || (*s)[n] != ' ')
        return false;
    memcpy(to, *s, n);
    to[n] = '\0';
    *s += n + 1;
    return true;
}

int lane_start_get(struct lane_start *s, const char *line)
{
    uint64_t version, first, last, lanes, rate, patience;
    struct lane_start got = { .source = lane_word(&line, "source") };

    if ((!got.source && !lane_word(&line, "target")) ||
        !lane_number(&line, CHUNK_VERSION, &version) || !version ||
        !lane_address(&line, got.address, sizeof got.address) ||
        !lane_number(&line, UINT16_MAX, &first) ||
        !lane_number(&line, UINT16_MAX, &last) || last < first ||
        !lane_number(&line, CHUNK_LANES, &lanes) || !lanes ||
        !lane_number(&line, LANE_RATE_MAX, &rate) ||
        !lane_number(&line, LANE_PATIENCE_MAX, &patience) ||
        !lane_hex(&line, got.id, LANE_ID) ||
        !lane_hex(&line, got.key, LANE_KEY) || !lane_parts(&line, &got) ||
        *line)
        return -EPROTO;
    if (got.source && (!first || first != last))
        return -EPROTO;
    got.first = (uint16_t)first;
    got.last = (uint16_t)last;
    got.lanes = (unsigned)lanes;
    got.rate = rate;
    got.patience_s = (unsigned)patience;
    *s = got;
    return 0;
}

size_t lane_order_put(const struct lane_order *o, char line[LANE_WORDS_MAX])
{
    return lane_length(
        snprintf(line, LANE_WORDS_MAX, "%s %" PRIu64,
                 o->type == LANE_ORDER_RATE ? "rate" : "patience", o->value));
}

int lane_order_get(struct lane_order *o, const char *line)
{
    bool rate = lane_word(&line, "rate");
    uint64_t v;

    if ((!rate && !lane_word(&line, "patience")) ||
        !lane_number(&line, rate ? LANE_RATE_MAX : LANE_PATIENCE_MAX, &v) ||
        *line)
        return -EPROTO;
    *o =
        (struct lane_order){ rate ? LANE_ORDER_RATE : LANE_ORDER_PATIENCE, v };
    return 0;
}

/* --- reports ------------------------------------------------------------------------------ */

size_t lane_report_put(const struct lane_report *r, char line[LANE_WORDS_MAX])
{
    int n = 0;

    switch (r->type) {
    case LANE_LISTENING:
        n = snprintf(line, LANE_WORDS_MAX, "listening %u", r->lane);
        break;
    case LANE_DIALS:
        n = snprintf(line, LANE_WORDS_MAX, "dials %u", r->lane);
        break;
    case LANE_REACHED:
        n = snprintf(line, LANE_WORDS_MAX, "reached %u", r->lane);
        break;
    case LANE_UP:
        n = snprintf(line, LANE_WORDS_MAX, "up %u %s", r->lane, r->text);
        break;
    case LANE_DOWN:
        n = snprintf(line, LANE_WORDS_MAX, "down %u %s", r->lane, r->text);
        break;
    case LANE_BYTES:
        n = snprintf(line, LANE_WORDS_MAX,
                     "bytes %" PRIu64 " %" PRIu64 " %" PRIu64, r->acked,
                     r->taken, r->resent);
        break;
    case LANE_DONE: n = snprintf(line, LANE_WORDS_MAX, "done"); break;
    case LANE_FAILED:
        n = snprintf(line, LANE_WORDS_MAX, "failed %s", r->text);
        break;
    case LANE_CERTIFICATES:
        n = snprintf(line, LANE_WORDS_MAX,
                     "certificates %" PRIu64 " %" PRIu64 " %s", r->own_ends_s,
                     r->other_ends_s, r->text);
        break;
    }
    return lane_length(n);
}

static bool lane_report_lane(struct lane_report *r, const char **line)
{
    uint64_t v;

    if (!lane_number(line, CHUNK_LANES - 1, &v))
        return false;
    r->lane = (unsigned)v;
    return true;
}

static bool lane_report_bytes(struct lane_report *r, const char **line)
{
    return lane_number(line, INT64_MAX, &r->acked) &&
           lane_number(line, INT64_MAX, &r->taken) &&
           lane_number(line, INT64_MAX, &r->resent) && !**line;
}

static bool lane_report_certificates(struct lane_report *r, const char *line)
{
    return lane_number(&line, INT64_MAX, &r->own_ends_s) &&
           lane_number(&line, INT64_MAX, &r->other_ends_s) &&
           lane_text(line, r->text, sizeof r->text);
}

static bool lane_report_port(struct lane_report *r, const char **line)
{
    uint64_t v;

    if (!lane_number(line, UINT16_MAX, &v) || !v || **line)
        return false;
    r->lane = (unsigned)v;
    return true;
}

static bool lane_report_read(struct lane_report *r, const char *line)
{
    r->type = LANE_LISTENING;
    if (lane_word(&line, "listening"))
        return lane_report_port(r, &line);
    r->type = LANE_DIALS;
    if (lane_word(&line, "dials"))
        return lane_report_lane(r, &line) && !*line;
    r->type = LANE_REACHED;
    if (lane_word(&line, "reached"))
        return lane_report_lane(r, &line) && !*line;
    r->type = LANE_BYTES;
    if (lane_word(&line, "bytes"))
        return lane_report_bytes(r, &line);
    r->type = LANE_DONE;
    if (lane_word(&line, "done"))
        return !*line;
    r->type = LANE_FAILED;
    if (lane_word(&line, "failed"))
        return lane_text(line, r->text, sizeof r->text);
    r->type = LANE_CERTIFICATES;
    if (lane_word(&line, "certificates"))
        return lane_report_certificates(r, line);
    r->type = LANE_UP;
    if (!lane_word(&line, "up")) {
        r->type = LANE_DOWN;
        if (!lane_word(&line, "down"))
            return false;
    }
    return lane_report_lane(r, &line) &&
           lane_text(line, r->text, sizeof r->text);
}

int lane_report_get(struct lane_report *r, const char *line)
{
    struct lane_report got = { .text = "" };

    if (!lane_report_read(&got, line))
        return -EPROTO;
    *r = got;
    return 0;
}
