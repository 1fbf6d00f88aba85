/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows a roll while it is carried out: waves, the steps of hosts, its end. */
#include "tools/view/rollrunview.h"

#include <string.h>

#include "tools/complain.h"
#include "tools/base/text.h"
#include "tools/doc/json.h"
#include "tools/view/name.h"

/* --- for programs ---------------------------------------------------------- */

/* An event of the roll, or of a host of it. */
static void roll_json(const char *event, const struct roll *r,
                      const struct roll_host *h)
{
    struct json_out *o = json_out_new(stdout, false);

    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "event", event);
    json_kv_str(o, "roll", r->name);
    json_kv_int(o, "wave", h ? h->wave : r->wave);
    if (h) {
        json_kv_str(o, "host", h->name);
        json_kv_str(o, "step", roll_step_name(h->step));
        if (h->step == ROLL_FAILED)
            json_kv_str(o, "failed_at", roll_step_name(h->failed_at));
        json_kv_str(o, "why", h->why);
    }
    json_obj_end(o);
    json_out_free(o);
    fflush(stdout);
}

static void roll_json_end(const struct roll *r, enum exit_code code)
{
    struct json_out *o = json_out_new(stdout, false);

    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "event", "roll-end");
    json_kv_str(o, "roll", r->name);
    json_kv_bool(o, "ended", r->ended);
    json_kv_int(o, "code", code);
    json_kv_bool(o, "changed", roll_hosts_at(r, ROLL_PLANNED) < r->host_n);
    json_obj_end(o);
    json_out_free(o);
    fflush(stdout);
}

/* --- lines ----------------------------------------------------------------- */

static bool roll_is_json(const struct rollrunview *v)
{
    return v->moves.style == RUNVIEW_JSON;
}

static void roll_view_note(void *arg, const char *text)
{
    runview_note(arg, text);
}

static void roll_view_wave(void *arg, const struct roll *r)
{
    struct rollrunview *v = arg;
    char name[NAME_SHOWN];
    const char *between = "";
    bool canary = false;

    if (roll_is_json(v)) {
        roll_json("wave", r, NULL);
        return;
    }
    printf("wave %u: ", r->wave);
    for (uint32_t i = 0; i < r->host_n; i++) {
        if (r->host[i].wave != r->wave || !roll_under_way(&r->host[i]))
            continue;
        printf("%s%s", between, name_shown(name, r->host[i].name));
        between = ", ";
        canary |= r->host[i].canary;
    }
    puts(canary ? " (canary)" : "");
    fflush(stdout);
}

/* What a host is at, in words. */
static const char *roll_step_text(const struct roll *r,
                                  const struct roll_host *h)
{
    switch (h->step) {
    case ROLL_PLANNED: return "waits for its turn";
    case ROLL_DRAINING: return "its guests leave";
    case ROLL_EMPTY: return "is empty and in maintenance";
    case ROLL_HOOK: return "the hook runs";
    case ROLL_OFF: return "is expected to go off";
    case ROLL_BACK:
        return r->work.reboot ? "is expected back from its reboot"
                              : "is looked at: is it as it was?";
    case ROLL_CHECK: return "is back as it was; the check runs";
    case ROLL_UNDRAIN:
        return h->turned ? "is given back before its work"
                         : "is ready to take guests again";
    case ROLL_HOME: return "takes guests again; its guests return";
    case ROLL_SOAK: return "is watched before the next wave";
    case ROLL_DONE: return r->work.off ? "is off, and done" : "is done";
    case ROLL_FAILED: return "has failed";
    case ROLL_STEPS: break;
    }
    return "?";
}

static void roll_view_step(void *arg, const struct roll *r, uint32_t host)
{
    struct rollrunview *v = arg;
    const struct roll_host *h = &r->host[host];
    char name[NAME_SHOWN], why[2 * sizeof h->why];

    if (roll_is_json(v)) {
        roll_json("step", r, h);
        return;
    }
    runview_wipe(&v->moves);
    printf("%s: %s", name_shown(name, h->name), roll_step_text(r, h));
    if (*h->why)
        printf(": %s",
               text_printable(why, sizeof why, h->why, strlen(h->why)));
    putchar('\n');
    fflush(stdout);
}

static void roll_window_text(const struct roll *r, char *buf, size_t len)
{
    int from = r->work.from_min, to = r->work.to_min;

    snprintf(buf, len, "%02d:%02d-%02d:%02d", from / 60, from % 60, to / 60,
             to % 60);
}

static void roll_view_pause(void *arg, const struct roll *r)
{
    struct rollrunview *v = arg;
    char window[32];

    if (roll_is_json(v)) {
        roll_json("pause", r, NULL);
        return;
    }
    roll_window_text(r, window, sizeof window);
    printf("no wave begins outside of %s; waiting\n", window);
    fflush(stdout);
}

static void roll_view_ended(void *arg, const struct roll *r,
                            enum exit_code code)
{
    struct rollrunview *v = arg;

    if (roll_is_json(v))
        roll_json_end(r, code);
    else if (r->ended)
        printf("roll %s has ended: %u of %u hosts are done\n", r->name,
               roll_hosts_at(r, ROLL_DONE), r->host_n);
    fflush(stdout);
    if (!r->ended)
        complain("roll %s is not done: `rackhop roll --resume %s` goes on, "
                 "`rackhop cancel %s` ends it",
                 r->name, r->name, r->name);
    rollrunview_left(stderr, r);
}

void rollrunview_events(struct rollrunview *v, struct roll_events *ev)
{
    runview_events(&v->moves, &v->run);
    *ev = (struct roll_events){ .note = roll_view_note,
                                .wave = roll_view_wave,
                                .step = roll_view_step,
                                .pause = roll_view_pause,
                                .ended = roll_view_ended,
                                .run = &v->run,
                                .arg = v };
}

/* --- status ---------------------------------------------------------------- */

static const char *roll_state_text(const struct roll *r, bool alive)
{
    if (r->ended)
        return "has ended";
    return alive ? "is under way"
                 : "was cut off: `rackhop roll --resume` "
                   "goes on";
}

static void roll_status_host(FILE *f, const struct roll *r,
                             const struct roll_host *h)
{
    char name[NAME_SHOWN], why[2 * sizeof h->why];

    fprintf(f, "%4u  %-16s %-9s %s", h->wave, name_shown(name, h->name),
            roll_step_name(h->step), roll_step_text(r, h));
    if (h->step == ROLL_FAILED)
        fprintf(f, " (%s)", roll_step_name(h->failed_at));
    if (*h->why)
        fprintf(f, ": %s",
                text_printable(why, sizeof why, h->why, strlen(h->why)));
    fputc('\n', f);
}

static void roll_status_hosts(FILE *f, const struct roll *r, bool under_way)
{
    for (uint32_t i = 0; i < r->host_n; i++)
        if (roll_under_way(&r->host[i]) == under_way)
            roll_status_host(f, r, &r->host[i]);
}

void rollrunview_status(FILE *f, const struct roll *r, bool alive)
{
    uint32_t n = r->host_n;

    fprintf(f, "roll %s of %u host%s %s: wave %u, %u done, %u failed\n",
            r->name, n, n == 1 ? "" : "s", roll_state_text(r, alive), r->wave,
            roll_hosts_at(r, ROLL_DONE), roll_hosts_at(r, ROLL_FAILED));
    if (!r->ended && r->work.from_min >= 0) {
        char window[32];

        roll_window_text(r, window, sizeof window);
        fprintf(f, "waves begin within %s\n", window);
    }
    if (roll_hosts_at(r, ROLL_DRAINING))
        fprintf(f, "`rackhop status %s` shows the moves away\n", r->away_run);
    if (roll_hosts_at(r, ROLL_HOME))
        fprintf(f, "`rackhop status %s` shows the moves home\n", r->home_run);
    fprintf(f, "%4s  %-16s %-9s\n", "wave", "host", "step");
    roll_status_hosts(f, r, true);
    roll_status_hosts(f, r, false);
}

/* --- what is left ---------------------------------------------------------- */

static void roll_left_failed(FILE *f, const struct roll_host *h)
{
    char name[NAME_SHOWN];

    name_shown(name, h->name);
    if (h->failed_at >= ROLL_HOME)
        fprintf(f,
                "%s takes guests, and its work is done; look at it before "
                "other hosts get the same\n",
                name);
    else if (h->failed_at >= ROLL_HOOK)
        fprintf(f,
                "%s stays in maintenance, and its guests run elsewhere; "
                "when it is mended: `rackhop undrain %s`, then `rackhop "
                "home %s`\n",
                name, name, name);
    else
        fprintf(f,
                "%s was not worked on; `rackhop undrain %s` and `rackhop "
                "home %s` take it back\n",
                name, name, name);
}

/* The operands of a roll of those that had no turn; only some of many. */
static void roll_left_rest(FILE *f, const struct roll *r)
{
    uint32_t left = roll_hosts_at(r, ROLL_PLANNED), told = 0;
    char name[NAME_SHOWN];

    if (!r->ended || !left || left == r->host_n)
        return;
    fprintf(f, "%u host%s had no turn:", left, left == 1 ? "" : "s");
    for (uint32_t i = 0; i < r->host_n && told < 20; i++)
        if (r->host[i].step == ROLL_PLANNED) {
            fprintf(f, " %s", name_shown(name, r->host[i].name));
            told++;
        }
    fputs(told < left ? " ..\n" : "\n", f);
}

void rollrunview_left(FILE *f, const struct roll *r)
{
    char name[NAME_SHOWN], why[512];

    for (uint32_t i = 0; i < r->host_n; i++) {
        const struct roll_host *h = &r->host[i];

        if (h->step == ROLL_FAILED)
            roll_left_failed(f, h);
        else if (h->step == ROLL_PLANNED && r->stuck && *h->why)
            fprintf(f, "%s cannot be rolled: %s\n", name_shown(name, h->name),
                    text_printable(why, sizeof why, h->why, strlen(h->why)));
    }
    roll_left_rest(f, r);
}
