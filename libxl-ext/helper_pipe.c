/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Talks to libxl on the save helper's pipe: messages, answers, the log.
 */
#include "libxl-ext/helper_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void xlx_helper_send(const struct xlx_helper_msg *m)
{
    static uint8_t buf[HM_MAX + 2];
    size_t len = xlx_helper_msg_encode(m, buf), done = 0;

    while (done < len) {
        ssize_t r = write(STDOUT_FILENO, buf + done, len - done);

        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            _exit(255); /* libxl is gone: nobody wants the rest */
        done += (size_t)r;
    }
}

int xlx_helper_ask(const struct xlx_helper_msg *m)
{
    size_t done = 0;
    int32_t v = 0;

    xlx_helper_send(m);
    while (done < sizeof v) {
        ssize_t r = read(STDIN_FILENO, (char *)&v + done, sizeof v - done);

        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            _exit(254);
        done += (size_t)r;
    }
    return v;
}

__attribute__((format(printf, 5, 0))) static void helper_log(
    struct xentoollog_logger *l, xentoollog_level level, int err,
    const char *context, const char *format, va_list al)
{
    char text[HM_STRING_MAX];

    vsnprintf(text, sizeof text, format, al);
    xlx_helper_send(&(struct xlx_helper_msg){ .type = HM_LOG,
                                              .u32 = { level, (uint32_t)err },
                                              .str = { context, text } });
}

static void helper_log_progress(struct xentoollog_logger *l,
                                const char *context, const char *what,
                                int percent, unsigned long done,
                                unsigned long total)
{
    xlx_helper_send(&(struct xlx_helper_msg){ .type = HM_PROGRESS,
                                              .str = { context, what },
                                              .u64 = { done, total } });
}

static void helper_log_destroy(struct xentoollog_logger *l)
{
}

struct xentoollog_logger xlx_helper_logger = { helper_log, helper_log_progress,
                                               helper_log_destroy };

void xlx_helper_complain(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    helper_log(&xlx_helper_logger, XTL_ERROR, -1, "rackhop-save-helper", fmt,
               ap);
    va_end(ap);
}

void xlx_helper_fail(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    helper_log(&xlx_helper_logger, XTL_ERROR, errno, "rackhop-save-helper",
               fmt, ap);
    va_end(ap);
    exit(255);
}
