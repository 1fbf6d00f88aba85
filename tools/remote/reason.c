/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds out of a command's standard error why it failed on another host. */
#include "tools/remote/reason.h"

#include <stdio.h>
#include <string.h>

/* What ssh and shells say before what matters, or beside it. */
static bool reason_is_warning(const char *s)
{
    static const char *const begins[] = { "@@@",
                                          "@ ",
                                          "** ",
                                          "debug",
                                          "mux_client_",
                                          "ControlSocket ",
                                          "Pseudo-terminal " };

    for (unsigned i = 0; i < sizeof begins / sizeof *begins; i++)
        if (!strncmp(s, begins[i], strlen(begins[i])))
            return true;
    return strcasestr(s, "warning:") != NULL;
}

static void reason_line(struct reason *r)
{
    r->line[r->at] = '\0';
    r->at = 0;
    if (!*r->line)
        return;
    if (strstr(r->line, "IDENTIFICATION HAS CHANGED"))
        r->changed = true;
    if (reason_is_warning(r->line)) {
        if (!*r->warning)
            memcpy(r->warning, r->line, sizeof r->warning);
        return;
    }
    if (!*r->first)
        memcpy(r->first, r->line, sizeof r->first);
    memcpy(r->last, r->line, sizeof r->last);
}

void reason_add(struct reason *r, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\n' || text[i] == '\r')
            reason_line(r);
        else if (text[i] && r->at + 1 < sizeof r->line)
            r->line[r->at++] = text[i];
}

/* The remedy of what everybody meets on the first day, or "". */
static const char *reason_remedy(const struct reason *r, const char *said)
{
    if (!strncmp(said, "Host key verification failed", 28))
        return r->changed
                   ? "; it has another key than before: if that is right, "
                     "forget the old one by `ssh-keygen -R ADDRESS`"
                   : "; its key is not known here: log in once by `ssh"
                     " ADDRESS`, and accept it if it is the right one";
    if (strstr(said, "ermission denied (") &&
        (strstr(said, "publickey") || strstr(said, "password")))
        return "; it has no key of this user: `ssh-copy-id ADDRESS` gives it "
               "one";
    return "";
}

void reason_tell(struct reason *r, int code, char buf[REASON_LINE])
{
    const char *said = code == REASON_SSH ? r->last : r->first, *remedy;
    size_t len;

    reason_line(r); /* the last, if nothing ended it */
    remedy = code == REASON_SSH ? reason_remedy(r, said) : "";
    len = strnlen(said, 150);
    if (*remedy && len && said[len - 1] == '.')
        len--;
    if (code == REASON_NO_COMMAND && strstr(said, "rackhop") &&
        strstr(said, "not found"))
        snprintf(buf, REASON_LINE,
                 "rackhop is not installed there, or not in the PATH that "
                 "ssh gives");
    else if (!*said && code >= 0)
        snprintf(buf, REASON_LINE, "%s", r->warning);
    else
        snprintf(buf, REASON_LINE, "%.*s%s", (int)len, said, remedy);
}

void reason_address(char said[REASON_LINE], const char *address)
{
    static const char word[] = " ADDRESS`";
    char *at = strstr(said, word), all[REASON_LINE];
    int n;

    if (!at || !address)
        return;
    n = snprintf(all, sizeof all, "%.*s %s`%s", (int)(at - said), said,
                 address, at + strlen(word));
    if (n > 0 && (size_t)n < sizeof all)
        memcpy(said, all, (size_t)n + 1);
}
