/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs what the administrator wants before and after each run. */
#include "tools/run/run_hook.h"

#include <stdio.h>
#include <stdlib.h>

static void hook_hosts(FILE *f, const struct strlist *hosts)
{
    char *all = NULL;
    size_t len;
    FILE *list = open_memstream(&all, &len);

    if (!list)
        return;
    for (size_t i = 0; i < hosts->n; i++)
        fprintf(list, "%s%s", i ? " " : "", hosts->s[i]);
    if (!fclose(list))
        program_variable(f, "RACKHOP_HOSTS", all);
    free(all);
}

static long hook_count(const struct run *r, enum move_state state)
{
    long n = 0;

    for (uint32_t i = 0; i < r->move_n; i++)
        n += !r->move[i].replaced && r->move[i].state == state;
    return n;
}

struct hook_run {
    const struct run *r;
    int code;
};

static void hook_tell(void *arg, FILE *f)
{
    const struct hook_run *h = arg;
    const struct run *r = h->r;

    program_variable(f, "RACKHOP_RUN", r->name);
    program_variable(f, "RACKHOP_GOAL", r->goal);
    hook_hosts(f, &r->hosts);
    program_number(f, "RACKHOP_PLANNED", hook_count(r, MOVE_PLANNED));
    program_number(f, "RACKHOP_DONE", hook_count(r, MOVE_DONE));
    program_number(f, "RACKHOP_FAILED", hook_count(r, MOVE_FAILED));
    program_number(f, "RACKHOP_DOUBT", hook_count(r, MOVE_DOUBT));
    if (h->code >= 0)
        program_number(f, "RACKHOP_CODE", h->code);
}

int run_hook(const char *dir, const char *name, const struct run *r, int code,
             const struct program_stop *stop, struct msg *err)
{
    struct hook_run h = { r, code };

    return program_run(dir, name, hook_tell, &h, stop, err);
}
