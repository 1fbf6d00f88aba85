/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what a guest says of itself. */
#include "tools/daemon/hint.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* More than any of the figures ever is. */
#define HINT_MOST (1ll << 50)

/* Decimal digits up to a blank or the end; -1: something else. */
static int64_t hint_number(const char *s, size_t len)
{
    int64_t v = 0;

    if (!len)
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        v = v * 10 + (s[i] - '0');
        if (v > HINT_MOST)
            return -1;
    }
    return v;
}

static int hint_word(struct hint *h, const char *s, size_t len)
{
    const struct {
        const char *name;
        int64_t *to;
    } row[] = {
        { "faults=", &h->faults },
        { "stall_us=", &h->stall_us },
        { "swap_kib=", &h->swap_kib },
    };

    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        size_t n = strlen(row[i].name);

        if (len < n || memcmp(s, row[i].name, n) != 0)
            continue;
        *row[i].to = hint_number(s + n, len - n);
        return *row[i].to < 0 ? -EINVAL : 0;
    }
    return 0;
}

int hint_parse(struct hint *h, const char *text)
{
    const char *s = text;
    int rc = 0;

    *h = (struct hint){ -1, -1, -1 };
    if (strlen(text) >= HINT_TEXT || strncmp(s, "1 ", 2) != 0)
        return -EINVAL;
    for (s += 2; *s && !rc;) {
        size_t len = strcspn(s, " ");

        rc = hint_word(h, s, len);
        s += len;
        s += strspn(s, " ");
    }
    if (rc)
        *h = (struct hint){ -1, -1, -1 };
    return rc;
}
