/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads the lines by which a host tells of a hook. */
#include "tools/doc/hook_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void hook_event_write(struct json_out *o, const struct hook_record *r,
                      const char *output)
{
    json_obj(o);
    json_kv_str(o, "event", "hook");
    hook_members_write(o, r);
    json_kv_str(o, "output", output);
    json_obj_end(o);
}

/* Another host's words are filtered here as well. */
static int hook_output_read(struct hook_event *e, const struct json *v)
{
    const struct json *s = json_get(v, "output");
    char *text;

    if (!s)
        return 0;
    if (s->type != JSON_STR)
        return -EINVAL;
    text = hook_output_filter(s->str, s->len, HOOK_TAIL);
    if (!text)
        return -ENOMEM;
    strcpy(e->output, text); /* of at most HOOK_TAIL bytes */
    free(text);
    return 0;
}

/* "" or a boot id; whatever else is no text to be shown. */
static bool boot_ok(const char *boot)
{
    return !boot[strspn(boot, "0123456789abcdefABCDEF-")];
}

int hook_event_parse(struct hook_event *e, const void *text, size_t len)
{
    static const struct json_limits limits = { .bytes = HOOK_LINE,
                                               .depth = 4,
                                               .values = 64 };
    struct json_doc *doc = NULL;
    const struct json *v;
    struct msg err;
    int rc;

    memset(e, 0, sizeof *e);
    if (json_parse(&doc, "line", text, len, NULL, &limits, &err))
        return -EINVAL;
    v = json_root(doc);
    rc = strcmp(json_get_str(v, "event", ""), "hook") ? -EINVAL : 0;
    if (!rc)
        rc = hook_members_read(&e->job, v);
    if (!rc && !boot_ok(e->job.boot))
        rc = -EINVAL;
    if (!rc)
        rc = hook_output_read(e, v);
    json_free(doc);
    return rc;
}
