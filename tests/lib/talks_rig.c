/* SPDX-License-Identifier: LGPL-2.1-only */
/* An agent of a made-up host that counts what guests send each other. */
#include "tests/lib/talks_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tools/base/clock.h"
#include "tools/base/file.h"
#include "tools/base/loop.h"

struct agent *talks_rig_agent(struct fake_host *host, const char *dir,
                              const struct config *conf,
                              void (*tell)(const char *text))
{
    struct agent_request rq = { fake_looker(host), dir, dir, conf, tell };
    struct msg err = MSG_NONE;
    struct agent *a = NULL;

    if (agent_new(&a, &rq, &err))
        fail_msg("%s", err.text);
    assert_int_equal(agent_second(a, 1800000000, 1), 0);
    return a;
}

static bool rig_is_idle(void *arg)
{
    return talks_counter_idle(arg);
}

void talks_rig_seconds(struct talks_counter *c, unsigned *second, unsigned n)
{
    for (; n; n--, ++*second) {
        struct loop l;

        loop_init(&l);
        talks_counter_second(c, &l, *second, *second);
        assert_int_equal(loop_run(&l, rig_is_idle, c, clock_us() + 60000000),
                         0);
        loop_dispose(&l);
    }
}

bool talks_rig_read(const char *dir, struct talks *t)
{
    struct msg err = MSG_NONE;
    char path[512], *text;
    size_t len;

    snprintf(path, sizeof path, "%s/" TALKS_FILE, dir);
    text = file_read(path, 1 << 20, &len);
    if (text && talks_parse(t, text, len, &err))
        fail_msg("%s", err.text);
    free(text);
    return text != NULL;
}
