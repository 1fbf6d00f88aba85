/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the events of one move, for programs. */
#include "tools/doc/move_event.h"

static double event_mib(uint64_t pages)
{
    return (double)pages * 4096 / 1048576;
}

static const char *move_event_name(enum xlx_event_type t)
{
    switch (t) {
    case XLX_EV_HELD: return "held";
    case XLX_EV_ROUND: return "round";
    case XLX_EV_TICK: return "progress";
    case XLX_EV_SUSPEND: return "suspend";
    case XLX_EV_COPIED: return "copied";
    case XLX_EV_READY: return "ready";
    case XLX_EV_GO: return "go";
    case XLX_EV_TARGET_TEXT: return "far";
    case XLX_EV_TOO_LATE: return "too-late";
    case XLX_EV_CANCEL: return "cancel";
    case XLX_EV_ASK: return "ask";
    case XLX_EV_WAY: return "way";
    }
    return "?";
}

void move_event_write(struct json_out *o, const struct xlx_event *ev,
                      double t_s)
{
    json_obj(o);
    json_kv_str(o, "event", move_event_name(ev->type));
    json_kv_num(o, "t_s", t_s);
    json_kv_int(o, "bytes", (int64_t)ev->bytes);
    if (ev->type == XLX_EV_ROUND) {
        json_kv_int(o, "round", ev->round);
        json_kv_bool(o, "after", ev->after);
        json_kv_int(o, "pages", (int64_t)ev->pages);
        if (ev->left_out)
            json_kv_int(o, "left_out_pages", (int64_t)ev->left_out);
        json_kv_known_int(o, "dirty_pages", ev->dirty);
        json_kv_int(o, "rate_pages_s", (int64_t)ev->rate);
        json_kv_int(o, "dirty_pages_s", (int64_t)ev->dirty_rate);
        json_kv_known_int(o, "pause_ms", ev->pause_ms);
        json_kv_known_int(o, "eta_ms", ev->eta_ms);
        if (ev->throttle < 100)
            json_kv_int(o, "throttle_percent", ev->throttle);
        json_kv_str(o, "verdict", xlx_verdict_name(ev->verdict));
        json_kv_str(o, "why", xlx_reason_text(ev->why));
    }
    if (ev->type == XLX_EV_TARGET_TEXT)
        json_kv_str(o, "text", ev->text);
    if (ev->type == XLX_EV_WAY)
        json_kv_str(o, "way", ev->over_lanes ? "lanes" : "ssh");
    json_obj_end(o);
}

void move_note_write(struct json_out *o, const char *text)
{
    json_obj(o);
    json_kv_str(o, "event", "note");
    json_kv_str(o, "text", text);
    json_obj_end(o);
}

/* --- the end --------------------------------------------------------------- */

static double span_ms(uint64_t from, uint64_t to)
{
    return from && to && to >= from ? (double)(to - from) / 1e3 : -1;
}

/* The parts of the downtime, each by the clock of the host that it was on. */
static void write_parts(struct json_out *o, const struct xlx_times *t)
{
    json_key(o, "downtime_parts_ms");
    json_obj(o);
    json_kv_known(o, "suspend", span_ms(t->suspend, t->suspended));
    json_kv_known(o, "last_copy", span_ms(t->suspended, t->flushed));
    json_kv_known(o, "build", span_ms(t->target_last, t->target_built));
    json_kv_known(o, "devices", span_ms(t->target_built, t->target_restored));
    json_kv_known(o, "ready_to_go", span_ms(t->target_restored, t->target_go));
    json_kv_known(o, "unpause", span_ms(t->target_go, t->target_unpaused));
    json_obj_end(o);
}

static const char *outcome_name(enum xlx_outcome o)
{
    switch (o) {
    case XLX_STAYED: return "stayed";
    case XLX_MOVED: return "moved";
    case XLX_DOUBT: return "doubt";
    }
    return "?";
}

void move_end_write(struct json_out *o, const struct move_end *e,
                    const struct xlx_send *s)
{
    json_obj(o);
    json_kv_str(o, "event", "end");
    json_kv_str(o, "domain", e->name);
    json_kv_str(o, "uuid", s->dom->uuid);
    json_kv_str(o, "to", e->host);
    json_kv_str(o, "outcome", outcome_name(s->outcome));
    json_kv_bool(o, "changed", s->outcome != XLX_STAYED);
    json_kv_num(o, "seconds", e->seconds);
    json_kv_known(o, "downtime_ms", xlx_downtime_ms(&s->times));
    write_parts(o, &s->times);
    json_kv_int(o, "bytes", (int64_t)s->bytes);
    json_kv_int(o, "rounds", s->rounds);
    json_kv_int(o, "pages", (int64_t)s->pages);
    if (s->left_out)
        json_kv_int(o, "left_out_pages", (int64_t)s->left_out);
    json_kv_known_int(o, "last_pages",
                      s->last_pages == UINT64_MAX ? -1
                                                  : (int64_t)s->last_pages);
    json_kv_str(o, "why", xlx_reason_text(s->why));
    if (s->throttled)
        json_kv_int(o, "throttle_percent", s->throttled);
    json_kv_str(o, "way", s->over_lanes ? "lanes" : "ssh");
    if (s->over_lanes) {
        json_kv_int(o, "lanes", s->lanes);
        json_kv_str(o, "cipher", s->cipher);
        json_kv_int(o, "lanes_lost", s->lanes_lost);
        json_kv_int(o, "resent_bytes", (int64_t)s->resent);
    }
    json_kv_num(o, "dirty_mib_s", event_mib(s->dirty_pps));
    json_kv_num(o, "writable_mib", event_mib(s->dirty_set));
    json_kv_num(o, "rate_mib_s", event_mib(s->rate_pps));
    if (e->error)
        json_kv_str(o, "error", e->error);
    json_obj_end(o);
}

void move_end_already(struct json_out *o, enum ho_state state,
                      const char *text)
{
    json_obj(o);
    json_kv_str(o, "event", "end");
    json_kv_bool(o, "already", true);
    json_kv_str(o, "outcome",
                state == HO_DONE   ? "moved"
                : ho_closed(state) ? "stayed"
                                   : "doubt");
    if (state != HO_DONE)
        json_kv_str(o, "error", text);
    json_obj_end(o);
}
