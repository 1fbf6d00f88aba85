/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The xentoollog_logger that libxl and libxl-ext log through: to stderr, or to
 * the journal through stderr with its <N> prefixes when nobody reads along.
 */
#ifndef RACKHOP_LOG_H
#define RACKHOP_LOG_H

struct xentoollog_logger;

/* level: 0 warnings and worse, 1 information, 2 all. Lives until log_free. */
struct xentoollog_logger *log_new(int level);
void log_free(struct xentoollog_logger *lg);
/* A progress line stands on the terminal: wipe it before a message. */
void log_set_wipe(struct xentoollog_logger *lg, void (*wipe)(void *arg),
                  void *arg);

/* The first error that was logged, "" if none; lg is a struct
 * xentoollog_logger. Lives as long as it. */
const char *log_first_error(void *lg);
/* The user has cancelled: what libxl and libxc now say of broken streams is no
 * news. */
void log_mute(struct xentoollog_logger *lg);

#endif
