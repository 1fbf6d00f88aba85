/* SPDX-License-Identifier: LGPL-2.1-only */
/* Waits for the target host's side to end after a move; passes on reports. */
#include "tools/move/engine_impl.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/text.h"

/* Lines of the target host's stderr that are for people begin with this. The
 * others were for the transfer, which has ended. */
static const char people[] = "rackhop: ";

enum { LOOKS = 60, LOOK_MS = 50 };

struct last_words {
    void (*said)(void *arg, const char *text);
    void *arg;
    char line[512];
    size_t n;
};

static void last_words_take(struct last_words *w, const char *buf, size_t len)
{
    char clean[3 * sizeof w->line];

    for (size_t i = 0; i < len; i++) {
        if (buf[i] != '\n') {
            if (w->n < sizeof w->line - 1)
                w->line[w->n++] = buf[i];
            continue;
        }
        w->line[w->n] = '\0';
        if (!strncmp(w->line, people, sizeof people - 1))
            w->said(w->arg,
                    text_printable(clean, sizeof clean, w->line, w->n));
        w->n = 0;
    }
}

void move_last_words(struct child *p,
                     void (*said)(void *arg, const char *text), void *arg)
{
    struct last_words w = { .said = said, .arg = arg };
    struct pollfd look = { .fd = p->err, .events = POLLIN };
    bool runs = true;
    char buf[1024];
    ssize_t n = 1;

    if (p->to >= 0)
        close(p->to);
    p->to = -1;
    for (int i = 0; i < LOOKS && p->err >= 0 && n > 0; i++) {
        int ready = poll(&look, 1, runs ? LOOK_MS : 0);

        if (ready > 0) {
            n = read(p->err, buf, sizeof buf);
            if (n > 0)
                last_words_take(&w, buf, (size_t)n);
        } else if (!runs) {
            break; /* another process may hold the pipe open */
        } else {
            runs = child_running(p);
        }
    }
}
