/* SPDX-License-Identifier: LGPL-2.1-only */
/* A folder for one test, gone with it. */
#ifndef TESTS_TMPDIR_H
#define TESTS_TMPDIR_H

/* "NAME.XXXXXX" below $TMPDIR or /tmp; ends the program when that fails. */
char *tmpdir_make(const char *name);
/* With all that is in it; frees dir. NULL is fine. */
void tmpdir_remove(char *dir);

#endif
