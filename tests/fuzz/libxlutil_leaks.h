/* SPDX-License-Identifier: LGPL-2.1-only */
/* For targets that let libxlutil read: it forgets what it had of a file that it
 * can't read. The process ends then; leaks of ours are found all the same. */
#ifndef RACKHOP_TESTS_FUZZ_LIBXLUTIL_LEAKS_H
#define RACKHOP_TESTS_FUZZ_LIBXLUTIL_LEAKS_H

const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libxlutil.so\n";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}

#endif
