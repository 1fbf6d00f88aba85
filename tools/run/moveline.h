/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The lines of `rackhop migrate --json`, as far as an executor needs them.
 * They come from another host and are not trusted.
 */
#ifndef RACKHOP_RUN_MOVELINE_H
#define RACKHOP_RUN_MOVELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOVELINE_MAX = 65536 };

enum moveline_event {
    MOVELINE_OTHER,
    MOVELINE_HELD, /* it is ready, and waits to be started */
    MOVELINE_PROGRESS,
    MOVELINE_ROUND,
    MOVELINE_SUSPEND,
    MOVELINE_COPIED, /* the last byte is on its way */
    MOVELINE_GO,
    MOVELINE_TEXT, /* from the target host: in `text` */
    MOVELINE_NOTE, /* from the source host, for the administrator: `text` */
    MOVELINE_END,
};

/* Numbers are in range, or -1 when the line does not have them. */
struct moveline {
    enum moveline_event event;
    double t_s;
    int64_t bytes, round, dirty_pages, pause_ms, eta_ms;
    bool round_ended;
    /* MOVELINE_END */
    bool moved;
    double seconds, downtime_ms, last_copy_ms;
    int64_t rounds;
    char text[512]; /* the error, or the words; safe to print */
};

/* 0, or -EINVAL: it is not such a line. */
int moveline_parse(struct moveline *m, const void *text, size_t len);

/*
 * Lines out of a stream. A line that does not fit in MOVELINE_MAX is skipped,
 * up to its line feed.
 */
struct moveline_buffer {
    char *text;
    size_t len;
    bool skip;
};
/* Where to read to, and how much; NULL: no memory. */
char *moveline_room(struct moveline_buffer *b, size_t *room_r);
/* n bytes were read there; `line` is called for each line that is whole. */
void moveline_feed(struct moveline_buffer *b, size_t n,
                   void (*line)(void *arg, const char *text, size_t len),
                   void *arg);
void moveline_buffer_dispose(struct moveline_buffer *b);

#endif
