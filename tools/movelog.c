/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes a line for each move to systemd's journal, or to syslog. The journal's
 * protocol is a datagram of lines NAME=VALUE (systemd.io, "Native Journal
 * Protocol"); no value here has a line end, so none needs the form with a
 * length.
 */
#include "tools/movelog.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "tools/base/text.h"
#include "tools/paths.h"

/* Of all such lines, for journalctl MESSAGE_ID=..; it never changes. */
#define MOVE_ENDED "5d1f6bb1f1c94d6c9b1d0f6b7a3c2e48"

/* Longer than all fields together; what would not fit is left out whole. */
enum { VALUE = 512, RECORD = 8192 };

static const struct {
    const char *word, *text;
    int priority;
} movelog_ends[] = {
    [MOVELOG_DONE] = { "done", "was moved", LOG_INFO },
    [MOVELOG_FAILED] = { "failed", "was not moved", LOG_WARNING },
    [MOVELOG_DOUBT] = { "doubt", "is in doubt after its move", LOG_ERR },
};

/* --- fields -------------------------------------------------------------- */

struct movelog_record {
    char text[RECORD];
    size_t n;
};

__attribute__((format(printf, 3, 4))) static void movelog_field(
    struct movelog_record *r, const char *key, const char *fmt, ...)
{
    char raw[VALUE], value[3 * VALUE];
    va_list ap;
    int n;

    va_start(ap, fmt);
    vsnprintf(raw, sizeof raw, fmt, ap);
    va_end(ap);
    text_printable(value, sizeof value, raw, strlen(raw));
    n = snprintf(r->text + r->n, sizeof r->text - r->n, "%s=%s\n", key, value);
    if (n > 0 && (size_t)n < sizeof r->text - r->n)
        r->n += (size_t)n;
}

static void movelog_word(struct movelog_record *r, const char *key,
                         const char *value)
{
    if (value && *value)
        movelog_field(r, key, "%s", value);
}

/* Of unknown figures there is no field. */
static void movelog_number(struct movelog_record *r, const char *key,
                           int digits, double value)
{
    if (value >= 0)
        movelog_field(r, key, "%.*f", digits, value);
}

/* What people read, in both logs. */
static void movelog_sentence(const struct movelog *m, char *buf, size_t len)
{
    char raw[VALUE];
    bool why = m->why && *m->why;
    int n = snprintf(raw, sizeof raw, "%s %s from %s to %s", m->guest,
                     movelog_ends[m->end].text, m->from, m->to);

    if (n > 0 && (size_t)n < sizeof raw && m->end == MOVELOG_DONE &&
        m->seconds >= 0 && m->downtime_ms >= 0)
        snprintf(raw + n, sizeof raw - (size_t)n,
                 " in %.1f s, suspended for %.0f ms", m->seconds,
                 m->downtime_ms);
    else if (n > 0 && (size_t)n < sizeof raw && why)
        snprintf(raw + n, sizeof raw - (size_t)n, ": %s", m->why);
    text_printable(buf, len, raw, strlen(raw));
}

/* --- logs ---------------------------------------------------------------- */

static bool movelog_send(const char *path, const struct movelog_record *r)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd;
    ssize_t n;

    if (strlen(path) >= sizeof to.sun_path)
        return false;
    strcpy(to.sun_path, path);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    /* a journal that does not read must not hold up a run */
    n = sendto(fd, r->text, r->n, MSG_NOSIGNAL | MSG_DONTWAIT,
               (struct sockaddr *)&to, sizeof to);
    close(fd);
    return n == (ssize_t)r->n;
}

void movelog_tell(const struct movelog *m)
{
    struct movelog_record r = { .n = 0 };
    char text[3 * VALUE];

    movelog_sentence(m, text, sizeof text);
    movelog_word(&r, "MESSAGE", text);
    movelog_field(&r, "PRIORITY", "%d", movelog_ends[m->end].priority);
    movelog_word(&r, "SYSLOG_IDENTIFIER", "rackhop");
    movelog_word(&r, "MESSAGE_ID", MOVE_ENDED);
    movelog_word(&r, "RACKHOP_RESULT", movelog_ends[m->end].word);
    movelog_word(&r, "RACKHOP_GUEST", m->guest);
    movelog_word(&r, "RACKHOP_UUID", m->uuid);
    movelog_word(&r, "RACKHOP_FROM", m->from);
    movelog_word(&r, "RACKHOP_TO", m->to);
    movelog_word(&r, "RACKHOP_RUN", m->run);
    movelog_word(&r, "RACKHOP_MOVE", m->id);
    movelog_word(&r, "RACKHOP_REASON", m->why);
    movelog_word(&r, "RACKHOP_WAY", m->way);
    movelog_word(&r, "RACKHOP_NO_LANES", m->no_lanes);
    movelog_number(&r, "RACKHOP_SECONDS", 3, m->seconds);
    movelog_number(&r, "RACKHOP_DOWNTIME_MS", 0, m->downtime_ms);
    movelog_number(&r, "RACKHOP_BYTES", 0, m->bytes);
    if (movelog_send(path_journal(), &r))
        return;
    openlog("rackhop", LOG_PID, LOG_DAEMON);
    syslog(movelog_ends[m->end].priority, "%s", text);
    closelog();
}
