/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any bytes as what a host tells of a hook, as its record, as the facts that
 * it is back, and as what a command prints. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/text.h"
#include "tools/doc/hook.h"
#include "tools/doc/host_state.h"
#include "tools/run/hook.h"
#include "tools/run/host_back.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines and tabs aside, it is what a terminal may have. */
static void must_be_safe(const char *s)
{
    char shown[3 * HOOK_TAIL + 3];

    for (const char *p = s; *p;) {
        size_t n = strcspn(p, "\n\t");

        if (n > HOOK_TAIL ||
            strncmp(text_printable(shown, sizeof shown, p, n), p, n))
            abort();
        p += n + (p[n] != '\0');
    }
}

static void one_event(const uint8_t *data, size_t size)
{
    struct hook_event e;
    struct msg why = MSG_NONE;
    struct json_out *o;
    char *text;
    size_t len;

    if (hook_event_parse(&e, data, size))
        return;
    if (!hook_id_ok(e.job.id) || strlen(e.output) > HOOK_TAIL)
        abort();
    must_be_safe(e.output);
    hook_verdict(&e, size & 1, &why);
    must_be_safe(why.text);
    o = json_text_new(false);
    hook_event_write(o, &e.job, e.output);
    text = json_text_free(o, &len);
    if (text && (len > HOOK_LINE || hook_event_parse(&e, text, len)))
        abort();
    free(text);
}

static void one_record(const char *text)
{
    struct hook_record r, same;
    struct msg err;
    char *once, *twice;

    if (hook_record_parse(&r, "fuzz", text, &err))
        return;
    once = hook_record_format(&r);
    if (!once)
        return;
    if (hook_record_parse(&same, "again", once, &err))
        abort();
    twice = hook_record_format(&same);
    if (twice && strcmp(once, twice))
        abort();
    free(once);
    free(twice);
}

/* Against a host that it was before the work: whatever is missing can be shown. */
static void is_back(const struct host_state *now, bool new_boot)
{
    static const char text[] =
        "{\"format\":\"rackhop-facts/1\",\"node\":\"h1\",\"role\":\"host\","
        "\"ports\":{\"eth0\":{\"up\":true}},\"neighbors\":[{\"port\":\"eth0\","
        "\"sysname\":\"leaf1\",\"port_id\":{\"type\":\"ifname\","
        "\"value\":\"swp3\"}}],\"host\":{\"name\":\"h1\",\"boot\":\"aa\","
        "\"xen\":\"4.17.3\",\"memory_mib\":1000,\"cpus\":8,\"cpu_max\":"
        "{\"pv\":\"1,2\",\"hvm\":\"3\"},\"networks\":[\"xenbr0\"],"
        "\"storage\":[\"nfs:n:/v\"]},\"domains\":"
        "[{\"storage\":[\"nfs:n:/v\"]}]}";
    struct host_back_opts opts = { .new_boot = new_boot };
    struct msg why = MSG_NONE;
    struct host_state before;

    host_state_init(&before);
    if (host_state_parse(&before, "h1", text, sizeof text - 1, &why))
        abort();
    if ((host_back_check(&before, now, &opts, &why) == HOST_BACK) ==
        (*why.text != '\0'))
        abort();
    must_be_safe(why.text);
    host_state_dispose(&before);
}

static void one_state(const uint8_t *data, size_t size)
{
    struct host_back_opts opts = { .new_boot = size & 1 };
    struct msg err = MSG_NONE;
    struct host_state h;

    host_state_init(&h);
    if (!host_state_parse(&h, "fuzz", data, size, &err)) {
        is_back(&h, opts.new_boot);
        if (!opts.new_boot && *h.xen &&
            host_back_check(&h, &h, &opts, &err) == HOST_NOT_AS_BEFORE)
            abort(); /* it is as itself */
    }
    must_be_safe(err.text);
    host_state_dispose(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *clean;
    struct msg err;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    one_event(data, size);
    one_record(text);
    one_state(data, size);
    hook_env_check(text, &err);
    clean = hook_output_filter(text, size, HOOK_TAIL);
    if (clean)
        must_be_safe(clean);
    free(clean);
    free(text);
    return 0;
}
