/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the program says on stderr. Libraries, and rooms below the commands,
 * return their errors to the caller instead. */
#ifndef RACKHOP_COMPLAIN_H
#define RACKHOP_COMPLAIN_H

#include <stdarg.h>

/* "rackhop: ..." on stderr, with a line feed; stdout is flushed first. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void vcomplain(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));
/* From now on each is a rackhop-error/1, an object a line: for programs. */
void complain_as_objects(void);
/* What helps, on stderr as it is, unless programs read it. */
void complain_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Says that there is no memory left, and exits with RC_FAILED. */
_Noreturn void die_oom(void);

#endif
