/* SPDX-License-Identifier: LGPL-2.1-only */
/* Prints the messages of libxl and libxl-ext to stderr, one line each. */
#include "tools/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xentoollog.h>

#include "tools/base/text.h"

struct log {
    xentoollog_logger vtable; /* first: libxl sees only this */
    xentoollog_level min;
    bool mute;
    char first_error[256];
    void (*wipe)(void *arg);
    void *arg;
};

__attribute__((format(printf, 5, 0))) static void message(
    struct xentoollog_logger *lg, xentoollog_level level, int errnoval,
    const char *context, const char *format, va_list al)
{
    struct log *l = (struct log *)lg;
    char text[4096], shown[4096];
    va_list again;

    if (level >= XTL_ERROR && !*l->first_error) {
        va_copy(again, al);
        vsnprintf(l->first_error, sizeof l->first_error, format, again);
        va_end(again);
    }
    if (level < l->min || (l->mute && l->min >= XTL_WARN))
        return;
    if (l->wipe)
        l->wipe(l->arg);
    fflush(stdout);
    fprintf(stderr, "%s: ", context && *context ? context : "rackhop");
    vsnprintf(text, sizeof text, format, al);
    fputs(text_printable(shown, sizeof shown, text, strlen(text)), stderr);
    if (errnoval >= 0)
        fprintf(stderr, " (%s)", strerror(errnoval));
    fputc('\n', stderr);
}

static void progress(struct xentoollog_logger *lg, const char *context,
                     const char *doing_what, int percent, unsigned long done,
                     unsigned long total)
{
    /* ignored: the save helper reports progress itself */
}

static void destroy(struct xentoollog_logger *lg)
{
    free(lg);
}

struct xentoollog_logger *log_new(int level)
{
    struct log *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    l->vtable = (xentoollog_logger){ message, progress, destroy };
    l->min = level <= 0 ? XTL_WARN : level == 1 ? XTL_INFO : XTL_DEBUG;
    return (struct xentoollog_logger *)l;
}

void log_free(struct xentoollog_logger *lg)
{
    free(lg);
}

const char *log_first_error(void *lg)
{
    return ((struct log *)lg)->first_error;
}

void log_set_wipe(struct xentoollog_logger *lg, void (*wipe)(void *arg),
                  void *arg)
{
    struct log *l = (struct log *)lg;

    l->wipe = wipe;
    l->arg = arg;
}

void log_mute(struct xentoollog_logger *lg)
{
    ((struct log *)lg)->mute = true;
}
