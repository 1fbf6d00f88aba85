/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Confines a process by a list of the system calls that it may still make.
 *
 * The list is what the C library needs to allocate memory, to tell the time,
 * and to read and write: nothing opens, connects, starts or signals anything.
 * A process of the network may connect and accept as well.
 * Memory is never made executable.
 */
#include "tools/base/confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined __x86_64__
#define CONFINE_ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define CONFINE_ARCH AUDIT_ARCH_AARCH64
#else
_Static_assert(0, "the name of this architecture is missing");
#define CONFINE_ARCH 0
#endif

enum { NOBODY = 65534, CALLS_MAX = 40, STEPS_MAX = 2 * CALLS_MAX + 16 };

static const unsigned calls_allowed[] = {
    SYS_read,         SYS_write,        SYS_recvfrom,
    SYS_sendto,       SYS_ppoll,        SYS_clock_gettime,
    SYS_gettimeofday, SYS_brk,          SYS_munmap,
    SYS_mremap,       SYS_madvise,      SYS_futex,
    SYS_getrandom,    SYS_rt_sigreturn, SYS_rt_sigprocmask,
    SYS_sigaltstack,  SYS_sched_yield,  SYS_restart_syscall,
    SYS_exit,         SYS_exit_group,
#ifdef SYS_poll
    SYS_poll,         SYS_time,
#endif
};
/* Allowed as well to a process of the network; and socket() of IP. */
static const unsigned calls_network[] = {
    SYS_connect,    SYS_accept4, SYS_shutdown, SYS_getsockopt,
    SYS_setsockopt, SYS_close,   SYS_getpid, /* OpenSSL looks for a fork() */
};
/* Allowed as well, without PROT_EXEC in their third argument. */
static const unsigned calls_mapping[] = { SYS_mmap, SYS_mprotect };

struct steps {
    struct sock_filter step[STEPS_MAX];
    unsigned short n;
};

#define COUNT(a) (sizeof(a) / sizeof *(a))
_Static_assert(COUNT(calls_allowed) + COUNT(calls_network) +
                       COUNT(calls_mapping) + 3 <
                   CALLS_MAX,
               "there is room for each call");

static void step_put(struct steps *s, unsigned code, unsigned k, unsigned yes,
                     unsigned no)
{
    s->step[s->n++] =
        (struct sock_filter){ (unsigned short)code, (unsigned char)yes,
                              (unsigned char)no, k };
}

static void step_load(struct steps *s, size_t at)
{
    step_put(s, BPF_LD | BPF_W | BPF_ABS, (unsigned)at, 0, 0);
}

static void step_end(struct steps *s, unsigned verdict)
{
    step_put(s, BPF_RET | BPF_K, verdict, 0, 0);
}

static void step_allow(struct steps *s, unsigned call)
{
    step_put(s, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
    step_end(s, SECCOMP_RET_ALLOW);
}

/* IPv4 and IPv6: no socket of the kernel's, none of this host's daemons. */
static void steps_allow_ip(struct steps *s)
{
    step_put(s, BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5);
    step_load(s, offsetof(struct seccomp_data, args[0]));
    step_put(s, BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0);
    step_put(s, BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0);
    step_end(s, SECCOMP_RET_KILL_PROCESS);
    step_end(s, SECCOMP_RET_ALLOW);
}

/* A call of another architecture has other numbers, and so none is allowed. */
static void steps_make(struct steps *s, bool network)
{
    step_load(s, offsetof(struct seccomp_data, arch));
    step_put(s, BPF_JMP | BPF_JEQ | BPF_K, CONFINE_ARCH, 1, 0);
    step_end(s, SECCOMP_RET_KILL_PROCESS);
    step_load(s, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < COUNT(calls_allowed); i++)
        step_allow(s, calls_allowed[i]);
    for (size_t i = 0; network && i < COUNT(calls_network); i++)
        step_allow(s, calls_network[i]);
    if (network)
        steps_allow_ip(s);
    for (size_t i = 0; i < COUNT(calls_mapping); i++)
        step_put(s, BPF_JMP | BPF_JEQ | BPF_K, calls_mapping[i],
                 (unsigned)(COUNT(calls_mapping) - i), 0);
    step_end(s, SECCOMP_RET_KILL_PROCESS);
    step_load(s, offsetof(struct seccomp_data, args[2]));
    step_put(s, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
    step_end(s, SECCOMP_RET_KILL_PROCESS);
    step_end(s, SECCOMP_RET_ALLOW);
}

/* Another user is a second wall, which a unit may have closed already: what
 * the filter leaves asks for no user's rights. */
static bool become_nobody(void)
{
    return !setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY) &&
           !setresuid(NOBODY, NOBODY, NOBODY);
}

/* What counts for RLIMIT_DATA today. 0: it is not known. */
static rlim_t memory_held(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;

    if (!f)
        return 0;
    if (fscanf(f, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
        pages = 0;
    fclose(f);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Its units forbid rackhop to set limits, and have limits of their own. */
static bool memory_limit(size_t more)
{
    rlim_t held = memory_held();
    struct rlimit most = { held + more, held + more }, none = { 0, 0 };

    return !setrlimit(RLIMIT_CORE, &none) && held &&
           !setrlimit(RLIMIT_DATA, &most);
}

static int confine(size_t more, bool network)
{
    struct steps s = { .n = 0 };
    struct sock_fprog program = { .filter = s.step };

    steps_make(&s, network);
    program.len = s.n;
    (void)memory_limit(more);
    (void)become_nobody();
    /* after the change of user, which would undo them; a core that goes to a
     * pipe asks for no limit */
    if (prctl(PR_SET_DUMPABLE, 0) ||
        (!network && prctl(PR_SET_PDEATHSIG, SIGKILL)) ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        return -errno;
    return 0;
}

int confine_self(size_t more)
{
    return confine(more, false);
}

int confine_to_network(size_t more)
{
    return confine(more, true);
}
