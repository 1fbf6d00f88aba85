/* SPDX-License-Identifier: LGPL-2.1-only */
/* Checks what a hook is told by its environment, and filters what it says. */
#include "tools/doc/hook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/text.h"

/* --- output ------------------------------------------------------------------ */

/* The length of the line at s, of which left bytes are there, without what
 * ends it. */
static size_t line_len(const char *s, size_t left)
{
    const char *lf = memchr(s, '\n', left), *tab;
    size_t n = lf ? (size_t)(lf - s) : left;

    tab = memchr(s, '\t', n);
    return tab ? (size_t)(tab - s) : n;
}

/* Where the last `most` bytes begin, and a character begins as well. */
static size_t tail_start(const char *text, size_t len, size_t most)
{
    size_t at = len > most ? len - most : 0;

    while (at && at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
        at++;
    return at;
}

char *hook_output_filter(const char *text, size_t len, size_t most)
{
    char *clean = malloc(3 * len + 1); /* a bad byte becomes three */
    size_t o = 0, start;

    if (!clean)
        return NULL;
    for (size_t i = 0; i < len; i++) {
        size_t n = line_len(text + i, len - i), shown = n;

        if (n && i + n < len && text[i + n] == '\n' && text[i + n - 1] == '\r')
            shown--;
        text_printable(clean + o, 3 * shown + 1, text + i, shown);
        o += strlen(clean + o);
        i += n;
        if (i < len)
            clean[o++] = text[i];
    }
    clean[o] = '\0';
    start = tail_start(clean, o, most);
    memmove(clean, clean + start, o - start + 1);
    return clean;
}

/* --- environment ------------------------------------------------------------- */

enum { VALUE_MAX = 1024 };

/* rackhop-hooks(7) says what each means. RACKHOP_STATE_FILE is not among them:
 * the host that runs the hook names that file itself. */
static const char *const hook_names[] = {
    "RACKHOP_HOST", "RACKHOP_ADDRESS", "RACKHOP_RUN",
    "RACKHOP_WAVE", "RACKHOP_STEP",    "RACKHOP_XEN_BEFORE",
    "RACKHOP_XEN",  "RACKHOP_BOOT",    "RACKHOP_BOOT_BEFORE",
};

static bool name_ok(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof hook_names / sizeof *hook_names; i++)
        if (strlen(hook_names[i]) == len && !memcmp(hook_names[i], name, len))
            return true;
    return false;
}

/* Would it be shown as it is? */
static bool value_ok(const char *value)
{
    char shown[VALUE_MAX + 1];

    return strlen(value) <= VALUE_MAX &&
           !strcmp(text_printable(shown, sizeof shown, value, strlen(value)),
                   value);
}

int hook_env_check(const char *assignment, struct msg *err)
{
    const char *eq = strchr(assignment, '=');
    size_t len = eq ? (size_t)(eq - assignment) : strlen(assignment);
    char shown[64];

    text_printable(shown, sizeof shown, assignment, len);
    if (!eq) {
        msg_set(err, "%s has no value: NAME=VALUE is wanted", shown);
        return -EINVAL;
    }
    if (!name_ok(assignment, len)) {
        msg_set(err,
                "%s is not a variable that hooks are told; rackhop-hooks(7) "
                "lists them",
                shown);
        return -EINVAL;
    }
    if (value_ok(eq + 1))
        return 0;
    msg_set(err,
            "the value of %s is longer than %d bytes or has characters that "
            "can't be shown",
            shown, VALUE_MAX);
    return -EINVAL;
}
