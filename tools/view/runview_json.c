/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the events of a run to programs, one object a line. */
#include "tools/complain.h"
#include "tools/doc/run_event.h"
#include "tools/view/runview.h"

static struct json_out *json_line(void)
{
    struct json_out *o = json_out_new(stdout, false);

    if (!o)
        die_oom();
    return o;
}

static void json_line_end(struct json_out *o)
{
    json_out_free(o);
    fflush(stdout);
}

void runview_json_event(const struct exec *e, enum exec_event ev,
                        uint32_t move, const char *text)
{
    struct json_out *o = json_line();

    run_event_write(o, e->run, ev, move,
                    move == PLAN_NONE ? NULL : &e->progress[move], text);
    json_line_end(o);
}

static void json_left(void *arg, const struct run_move *m, const char *why)
{
    run_end_left(arg, m, why);
}

void runview_json_end(const struct run *r, enum exit_code code)
{
    struct json_out *o = json_line();

    run_end_begin(o, r, code);
    run_left(r, json_left, o);
    run_end_end(o);
    json_line_end(o);
}

void runview_json_nothing(const char *why, enum exit_code code)
{
    struct json_out *o = json_line();

    run_end_nothing(o, why, code);
    json_line_end(o);
}
