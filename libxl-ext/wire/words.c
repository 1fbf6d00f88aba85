/* SPDX-License-Identifier: LGPL-2.1-only */
/* Formats and parses the lines that two rackhops say to each other, but for
 * those of words_arm.c and words_lanes.c. */
#include "libxl-ext/wire/word_parts.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/base/uuid.h"

/* --- the greeting ------------------------------------------------------------ */

enum word_mark word_mark_parse(const char *line, const char **rest_r)
{
    static const char *const marks[] = {
        [WORD_WIRE] = WORD_MARK_WIRE,       [WORD_NONE] = WORD_MARK_NONE,
        [WORD_XL] = WORD_MARK_XL,           [WORD_INFO] = WORD_MARK_INFO,
        [WORD_VM] = WORD_MARK_VM,           [WORD_NET] = WORD_MARK_NET,
        [WORD_VENDOR] = WORD_MARK_VENDOR,   [WORD_CPUID] = WORD_MARK_CPUID,
        [WORD_MISSING] = WORD_MARK_MISSING, [WORD_POOL] = WORD_MARK_POOL,
        [WORD_CODEC] = WORD_MARK_CODEC,     [WORD_ARM] = WORD_MARK_ARM,
        [WORD_LANE] = WORD_MARK_LANES,      [WORD_NO_LANE] = WORD_MARK_NOLANES,
        [WORD_PKI] = WORD_MARK_PKI,
    };

    for (int i = WORD_WIRE; i <= WORD_PKI; i++) {
        bool alone = i == WORD_NONE || i == WORD_XL;
        const char *s = line;

        if (!word_skip(&s, marks[i]) || *s != (alone ? '\0' : ' '))
            continue;
        *rest_r = alone ? s : s + 1;
        return (enum word_mark)i;
    }
    *rest_r = line;
    return WORD_OTHER;
}

bool word_mark_in(const char *text, enum word_mark m)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        char line[WORD_LINE];
        const char *rest;

        snprintf(line, sizeof line, "%.*s",
                 (int)(n < sizeof line ? n : sizeof line - 1), text);
        if (word_mark_parse(line, &rest) == m)
            return true;
        text += n + (text[n] == '\n');
    }
    return false;
}

int word_info_parse(const char *rest, struct word_slice *key,
                    struct word_slice *value)
{
    const char *colon = strchr(rest, ':');

    if (!colon)
        return -EINVAL;
    *key = (struct word_slice){ rest, strcspn(rest, " :") };
    value->at = colon + 1 + strspn(colon + 1, " ");
    value->len = strcspn(value->at, "\n");
    return 0;
}

int word_vm_parse(const char *rest, struct word_slice *uuid,
                  struct word_slice *name)
{
    const char *p = rest + strcspn(rest, " ");

    *uuid = (struct word_slice){ rest, (size_t)(p - rest) };
    if (uuid->len != WORD_UUID)
        return -EINVAL;
    p += strspn(p, " ");
    p += strcspn(p, " "); /* the domain's number */
    p += strspn(p, " ");
    *name = (struct word_slice){ p, strlen(p) };
    while (name->len && isspace((unsigned char)p[name->len - 1]))
        name->len--;
    return 0;
}

int word_pool_parse(const char *rest, struct word_slice *name,
                    struct word_slice *sched)
{
    const char *p = rest + strcspn(rest, " ");
    uint64_t cpus;

    *name = (struct word_slice){ rest, (size_t)(p - rest) };
    p += strspn(p, " ");
    if (!name->len || !word_number(&p, UINT32_MAX, &cpus) || *p != ' ')
        return -EINVAL;
    p += strspn(p, " ");
    *sched = (struct word_slice){ p, strcspn(p, " ") };
    return sched->len ? 0 : -EINVAL;
}

int word_cpuid_parse(const char *rest, enum word_cpuid *set,
                     char features[WORD_FEATURES])
{
    size_t n = 0;

    if (word_skip(&rest, "PV Max "))
        *set = WORD_PV_MAX;
    else if (word_skip(&rest, "HVM Max "))
        *set = WORD_HVM_MAX;
    else
        return -EINVAL;
    for (; *rest && n < WORD_FEATURES - 1; rest++)
        if (!isspace((unsigned char)*rest))
            features[n++] = *rest == ':' ? ',' : *rest;
    features[n] = '\0';
    return 0;
}

/* --- the version ------------------------------------------------------------ */

size_t word_wire_format(unsigned version, char buf[WORD_LINE])
{
    return word_put(buf, WORD_MARK_WIRE " %u", version);
}

int word_wire_parse(const char *line, unsigned *version_r)
{
    return word_version_parse(line, WORD_WIRE, version_r);
}

size_t word_codec_format(const struct word_codec *c, char buf[WORD_LINE])
{
    return word_put(buf, WORD_MARK_CODEC " %u%s%s", c->version,
                    c->ratio ? " ratio" : "", c->tail ? " tail" : "");
}

/* Whether a field behind the version is this word. */
static bool word_codec_has(const char *line, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = strchr(line, ' '); at; at = strchr(at + 1, ' '))
        if (!strncmp(at + 1, word, n) && (!at[1 + n] || at[1 + n] == ' '))
            return true;
    return false;
}

int word_codec_parse(const char *line, struct word_codec *c)
{
    int rc = word_version_parse(line, WORD_CODEC, &c->version);

    if (rc)
        return rc;
    c->ratio = word_codec_has(line, "ratio");
    c->tail = word_codec_has(line, "tail");
    return 0;
}

unsigned word_wire_agree(unsigned theirs)
{
    return theirs < WORD_VERSION ? theirs : WORD_VERSION;
}

/* --- @move --------------------------------------------------------------------- */

static bool word_is_id(const char *id)
{
    size_t n = strlen(id);

    return n > 0 && n <= WORD_ID &&
           strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                      "0123456789._:-") == n;
}

/* A new id names files, too, and stands behind options. */
bool word_id_ok(const char *id)
{
    return word_is_id(id) && *id != '.' && *id != '-';
}

/* A host's name is shown and stored: visible ASCII alone. */
static bool word_host_ok(const char *host)
{
    for (; *host; host++)
        if ((unsigned char)*host <= ' ' || (unsigned char)*host >= 0x7f)
            return false;
    return true;
}

size_t word_move_format(const struct word_move *m, char buf[WORD_LINE])
{
    return word_put(buf, "@move %.36s %" PRIu64 " %.64s %.63s", m->uuid,
                    m->epoch, m->id, *m->host ? m->host : "-");
}

bool word_is_move(const char *line)
{
    return word_skip(&line, "@move ");
}

int word_move_parse(const char *line, struct word_move *m)
{
    static const uint64_t epochs = 999999999999999; /* 15 digits */
    struct word_move got;

    if (!word_skip(&line, "@move ") ||
        !word_field(&line, got.uuid, WORD_UUID) || !word_skip(&line, " ") ||
        !word_number(&line, epochs, &got.epoch) || !word_skip(&line, " ") ||
        !word_field(&line, got.id, WORD_ID) || !word_skip(&line, " ") ||
        !word_field(&line, got.host, WORD_HOST) || *line)
        return -EINVAL;
    if (!uuid_ok(got.uuid) || !got.epoch || !word_is_id(got.id) ||
        !word_host_ok(got.host))
        return -EINVAL;
    *m = got;
    return 0;
}

/* --- @pin ---------------------------------------------------------------------- */

size_t word_pin_format(const struct word_pin *p, char buf[WORD_LINE])
{
    return word_put(buf, "@pin %u-%u %s %s", p->first, p->last, p->hard,
                    p->soft);
}

/* "all", "-", or what may be a set of CPUs. */
static bool word_cpus(const char **s, char buf[WORD_CPUS + 1])
{
    return word_field(s, buf, WORD_CPUS) &&
           (!strcmp(buf, "all") || !strcmp(buf, "-") ||
            (isdigit((unsigned char)*buf) &&
             strspn(buf, "0123456789,-") == strlen(buf)));
}

int word_pin_parse(const char *line, struct word_pin *p)
{
    uint64_t first, last;

    *p = (struct word_pin){ .first = 0 };
    if (!word_skip(&line, "@pin ") || !word_number(&line, 65535, &first) ||
        !word_skip(&line, "-") || !word_number(&line, 65535, &last) ||
        last < first || !word_skip(&line, " ") || !word_cpus(&line, p->hard) ||
        !word_skip(&line, " ") || !word_cpus(&line, p->soft) ||
        (*line && *line != ' '))
        return -EINVAL;
    p->first = (unsigned)first;
    p->last = (unsigned)last;
    return 0;
}

/* --- @rackhop ------------------------------------------------------------------- */

static size_t word_error_format(const char *text, char buf[WORD_LINE])
{
    size_t n = word_put(buf, "@rackhop error %s", text);

    for (size_t i = 0; i + 1 < n; i++)
        if ((unsigned char)buf[i] < ' ' || buf[i] == 0x7f)
            buf[i] = '?';
    return n;
}

size_t word_report_format(const struct word_report *r, char buf[WORD_LINE])
{
    const struct word_times *t = &r->times;

    switch (r->type) {
    case WORD_ALIVE: return word_put(buf, "@rackhop alive");
    case WORD_ACK: return word_put(buf, "@rackhop ack %" PRIu64, r->acked);
    case WORD_TIMES:
        return word_put(buf,
                        "@rackhop times %" PRIu64 " %" PRIu64 " %" PRIu64
                        " %" PRIu64 " %" PRIu64 " %" PRIu64,
                        t->last, t->built, t->restored, t->go, t->unpaused,
                        t->done);
    case WORD_ERROR: return word_error_format(r->text, buf);
    case WORD_NO_REPORT:
    case WORD_REPORT_UNKNOWN: break;
    }
    *buf = '\0';
    return 0;
}

static bool word_times_parse(const char *s, struct word_times *t)
{
    uint64_t v[6];

    for (int i = 0; i < 6; i++)
        if ((i && !word_skip(&s, " ")) || !word_number(&s, INT64_MAX, &v[i]))
            return false;
    if (*s && *s != ' ')
        return false;
    *t = (struct word_times){ v[0], v[1], v[2], v[3], v[4], v[5] };
    return true;
}

void word_report_parse(const char *line, struct word_report *r)
{
    *r = (struct word_report){ .type = WORD_NO_REPORT };
    if (!word_skip(&line, "@rackhop "))
        return;
    r->type = WORD_REPORT_UNKNOWN;
    if (word_skip(&line, "ack ")) {
        if (word_number(&line, INT64_MAX, &r->acked) &&
            (!*line || *line == ' '))
            r->type = WORD_ACK;
    } else if (word_skip(&line, "times ")) {
        if (word_times_parse(line, &r->times))
            r->type = WORD_TIMES;
    } else if (word_skip(&line, "error ")) {
        r->type = WORD_ERROR;
        r->text = line;
    } else if (word_skip(&line, "alive") && (!*line || *line == ' ')) {
        r->type = WORD_ALIVE;
    }
}

/* --- what was learned ------------------------------------------------------------ */

size_t word_learned_format(const struct word_learned *l, char buf[WORD_LINE])
{
    if (l->wire_first <= 0)
        return word_put(buf, "dirty_mib_s=%.3f writable_mib=%.1f",
                        l->dirty_mib_s, l->writable_mib);
    return word_put(buf,
                    "dirty_mib_s=%.3f writable_mib=%.1f wire_first=%.4f "
                    "wire_again=%.4f",
                    l->dirty_mib_s, l->writable_mib, l->wire_first,
                    l->wire_again);
}

static bool word_learned_within(const struct word_learned *l)
{
    return l->dirty_mib_s >= 0 && l->dirty_mib_s < 1e7 &&
           l->writable_mib >= 0 && l->writable_mib < 1e9 &&
           l->wire_first >= 0 && l->wire_first <= 64 && l->wire_again >= 0 &&
           l->wire_again <= 64;
}

int word_learned_parse(const char *line, struct word_learned *l)
{
    struct word_learned got = { .wire_first = 0 };
    int n = 0, more = 0;

    *l = (struct word_learned){ .dirty_mib_s = -1 };
    if (sscanf(line, "dirty_mib_s=%15lf writable_mib=%15lf%n",
               &got.dirty_mib_s, &got.writable_mib, &n) != 2)
        return -EINVAL;
    line += n;
    if (*line == ' ' && sscanf(line, " wire_first=%15lf wire_again=%15lf%n",
                               &got.wire_first, &got.wire_again, &more) != 2)
        return -EINVAL;
    line += more;
    if ((*line && *line != '\n') || !word_learned_within(&got))
        return -EINVAL;
    *l = got;
    return 0;
}

/* --- @settled ------------------------------------------------------------------- */

static const struct {
    enum ho_input answer;
    const char *text;
} word_answers[] = {
    { HO_ANS_RUNS, "runs" },       { HO_ANS_REFUSED, "refused" },
    { HO_ANS_LOST, "lost" },       { HO_ANS_OPEN, "open" },
    { HO_ANS_UNKNOWN, "unknown" }, { HO_ANS_NONE, "none" },
};
enum { ANSWERS = sizeof word_answers / sizeof word_answers[0] };

size_t word_settled_format(const char *uuid, uint64_t epoch,
                           enum ho_input answer, char buf[WORD_LINE])
{
    const char *text = "none";

    for (size_t i = 0; i < ANSWERS; i++)
        if (word_answers[i].answer == answer)
            text = word_answers[i].text;
    return word_put(buf, "@settled %.36s %" PRIu64 " %s", uuid, epoch, text);
}

static enum ho_input word_settled_line(const char *line, size_t len,
                                       const char *uuid, uint64_t epoch)
{
    char want[WORD_LINE];

    for (size_t i = 0; i < ANSWERS; i++)
        if (word_settled_format(uuid, epoch, word_answers[i].answer, want) ==
                len &&
            !memcmp(line, want, len))
            return word_answers[i].answer;
    return HO_ANS_NONE;
}

/* A login shell may print lines of its own in front of the answer, and an
 * answer about another move is none. */
enum ho_input word_settled_parse(const char *text, const char *uuid,
                                 uint64_t epoch)
{
    enum ho_input in = HO_ANS_NONE;
    const char *lf;

    for (; (lf = strchr(text, '\n')) && in == HO_ANS_NONE; text = lf + 1)
        in = word_settled_line(text, (size_t)(lf + 1 - text), uuid, epoch);
    return in;
}

/* --- @guest --------------------------------------------------------------------- */

size_t word_guest_format(const char *uuid, bool here, char buf[WORD_LINE])
{
    return word_put(buf, "@guest %.36s %s", uuid, here ? "here" : "away");
}

int word_guest_parse(const char *text, const char *uuid)
{
    char want[WORD_LINE];
    const char *lf;

    for (; (lf = strchr(text, '\n')); text = lf + 1)
        for (int here = 0; here < 2; here++) {
            size_t len = word_guest_format(uuid, here, want);

            if (len == (size_t)(lf + 1 - text) && !memcmp(text, want, len))
                return here;
        }
    return -ENOENT;
}
