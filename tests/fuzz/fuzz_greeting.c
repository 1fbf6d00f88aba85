/* SPDX-License-Identifier: LGPL-2.1-only */
/* Feeds any bytes to the reader of a target host's greeting. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/move/target.h"
#include "tools/move/preflight.h"
#include "tools/base/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fit_for_terminal(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            abort();
}

static void judge(const struct target_host *f)
{
    char name[] = "web1", bridge[] = "xenbr0", *bridges[] = { bridge };
    struct xlx_domain dom = { .domid = 1,
                              .uuid = "3b5e1c3a-0000-4000-8000-0123456789ab",
                              .name = name,
                              .type = XLX_PVH,
                              .need_kib = 1048576,
                              .policy = { { 1, 2, 3 }, 3 },
                              .tsc_khz = 2400000,
                              .bridges = { .s = bridges, .n = 1 } };
    struct xlx_host here = { .xen_major = 4, .xen_minor = 17 };
    struct preflight p = { &dom, &here, "AuthenticAMD", f, "r1h2", true };
    char text[PREFLIGHT_TEXT];

    if (preflight_refuse(&p, text, sizeof text))
        fit_for_terminal(text);
    if (preflight_unknown(&p, text, sizeof text))
        fit_for_terminal(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct msg err = MSG_NONE;
    struct target_host f;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!target_parse(&f, text, &err)) {
        if (f.free_mib < -1 || f.balloon_mib < 0)
            abort();
        fit_for_terminal(f.name);
        judge(&f);
        target_dispose(&f);
    } else {
        fit_for_terminal(err.text);
        if (!*err.text)
            abort();
    }
    free(text);
    return 0;
}
