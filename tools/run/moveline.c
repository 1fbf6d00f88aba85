/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the lines of a move's report, each bounded and checked. */
#include "tools/run/moveline.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/json.h"
#include "tools/base/text.h"
#include "tools/base/msg.h"

static const struct {
    const char *name;
    enum moveline_event event;
} events[] = {
    { "held", MOVELINE_HELD },     { "progress", MOVELINE_PROGRESS },
    { "round", MOVELINE_ROUND },   { "suspend", MOVELINE_SUSPEND },
    { "copied", MOVELINE_COPIED }, { "go", MOVELINE_GO },
    { "far", MOVELINE_TEXT },      { "note", MOVELINE_NOTE },
    { "end", MOVELINE_END },
};

/* A number; -1 also for one that no move can have. */
static double moveline_number(const struct json *o, const char *key)
{
    double v = json_get_num(o, key, -1);

    return isfinite(v) && v >= 0 && v <= 1e15 ? v : -1;
}

static int64_t moveline_whole(const struct json *o, const char *key)
{
    return (int64_t)moveline_number(o, key);
}

static void moveline_text(struct moveline *m, const struct json *o)
{
    const struct json *v =
        json_get(o, m->event == MOVELINE_END ? "error" : "text");

    if (v && v->type == JSON_STR)
        text_printable(m->text, sizeof m->text, v->str, v->len);
}

int moveline_parse(struct moveline *m, const void *text, size_t len)
{
    static const struct json_limits limits = { .bytes = MOVELINE_MAX,
                                               .depth = 6,
                                               .values = 256 };
    struct json_doc *doc = NULL;
    const struct json *o;
    const char *name;
    struct msg err;

    *m = (struct moveline){ .event = MOVELINE_OTHER };
    if (json_parse(&doc, "line", text, len, NULL, &limits, &err))
        return -EINVAL;
    o = json_root(doc);
    name = json_get_str(o, "event", NULL);
    for (size_t i = 0; name && i < sizeof events / sizeof *events; i++)
        if (!strcmp(name, events[i].name))
            m->event = events[i].event;
    m->t_s = moveline_number(o, "t_s");
    m->bytes = moveline_whole(o, "bytes");
    m->round = moveline_whole(o, "round");
    m->round_ended = json_get_bool(o, "after", false);
    m->dirty_pages = moveline_whole(o, "dirty_pages");
    m->pause_ms = moveline_whole(o, "pause_ms");
    m->eta_ms = moveline_whole(o, "eta_ms");
    m->seconds = moveline_number(o, "seconds");
    m->downtime_ms = moveline_number(o, "downtime_ms");
    m->last_copy_ms =
        moveline_number(json_get(o, "downtime_parts_ms"), "last_copy");
    m->rounds = moveline_whole(o, "rounds");
    m->moved = !strcmp(json_get_str(o, "outcome", ""), "moved");
    moveline_text(m, o);
    json_free(doc);
    return name ? 0 : -EINVAL;
}

char *moveline_room(struct moveline_buffer *b, size_t *room_r)
{
    if (!b->text)
        b->text = malloc(MOVELINE_MAX);
    *room_r = b->text ? MOVELINE_MAX - b->len : 0;
    return b->text ? b->text + b->len : NULL;
}

void moveline_feed(struct moveline_buffer *b, size_t n,
                   void (*line)(void *arg, const char *text, size_t len),
                   void *arg)
{
    char *at = b->text, *end, *lf;

    b->len += n;
    end = b->text + b->len;
    while ((lf = memchr(at, '\n', (size_t)(end - at)))) {
        if (!b->skip && lf > at)
            line(arg, at, (size_t)(lf - at));
        b->skip = false;
        at = lf + 1;
    }
    b->len = (size_t)(end - at);
    memmove(b->text, at, b->len);
    if (b->len == MOVELINE_MAX) {
        b->skip = true;
        b->len = 0;
    }
}

void moveline_buffer_dispose(struct moveline_buffer *b)
{
    free(b->text);
    *b = (struct moveline_buffer){ .text = NULL };
}
