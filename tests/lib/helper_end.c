/* SPDX-License-Identifier: LGPL-2.1-only */
/* Starts a save helper in libxl's place and answers what it asks. */
#include "tests/lib/helper_end.h"

#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xentoollog.h>

#include "libxl-ext/ctl.h"
#include "libxl-ext/helper_arm.h"
#include "tests/lib/helper_msg_read.h"
#include "tools/base/clock.h"

enum { HIGH_FD = 100, END_CLAIM = 1000 };

const char *helper_end_folder(void)
{
    static char self[PATH_MAX];
    ssize_t n;

    if (getenv("HELPERS"))
        return getenv("HELPERS");
    n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n < 0)
        abort();
    self[n] = '\0';
    return dirname(self);
}

static void end_environment(const struct helper_end *e)
{
    char fd[16];

    snprintf(fd, sizeof fd, "%d", fcntl(e->x_fd, F_DUPFD, HIGH_FD));
    setenv(FAKEXEN_ENV, fd, 1);
    unsetenv(XLX_ENV_CTL);
    unsetenv(XLX_ENV_POLICY);
    unsetenv(XLX_ENV_CODEC);
    unsetenv(XLX_ENV_ARM);
    unsetenv(XLX_ENV_TAIL);
    if (e->codec)
        setenv(XLX_ENV_CODEC, e->codec, 1);
    if (e->policy)
        setenv(XLX_ENV_POLICY, e->policy, 1);
}

/* What the receiver hands over, of the guest on the source's Xen. */
static int end_arm_start(const struct helper_end *e)
{
    struct arm_start s = { .mark = ARM_START_MARK,
                           .context = FAKEXEN_CONTEXT,
                           .claim_pages = END_CLAIM };
    uint8_t context[FAKEXEN_CONTEXT];
    int fd = memfd_create("start", MFD_CLOEXEC);

    fakexen_context(context);
    for (uint32_t i = 0; i < FAKEXEN_PARAMS; i++)
        if (fakexen_param(e->x, i))
            s.arm.param[s.arm.n++] =
                (struct word_param){ i, fakexen_param(e->x, i) };
    if (fd < 0 || write(fd, &s, sizeof s) != sizeof s ||
        write(fd, context, sizeof context) != sizeof context ||
        lseek(fd, 0, SEEK_SET))
        abort();
    return fd;
}

/* In the child. libxl's part of the stream is not read: it is a /dev/null. */
static int end_arm(const struct helper_end *e, int stream, int ctl)
{
    char text[64];

    snprintf(text, sizeof text, "%d %d %d", fcntl(stream, F_DUPFD, HIGH_FD),
             fcntl(end_arm_start(e), F_DUPFD, HIGH_FD),
             fcntl(e->result_fd, F_DUPFD, HIGH_FD));
    setenv(XLX_ENV_ARM, text, 1);
    snprintf(text, sizeof text, "%d", fcntl(ctl, F_DUPFD, HIGH_FD));
    setenv(XLX_ENV_CTL, text, 1);
    return open("/dev/null", O_RDONLY);
}

static void end_tail(int ctl)
{
    char text[16];

    snprintf(text, sizeof text, "%d", fcntl(ctl, F_DUPFD, HIGH_FD));
    setenv(XLX_ENV_CTL, text, 1);
    setenv(XLX_ENV_TAIL, "1", 1);
}

#define A (char *)

/* libxl's arguments: libxl_save_callout.c. */
_Noreturn static void end_exec(const struct helper_end *e, int stream, int ctl)
{
    char path[PATH_MAX], fd[16], calls[16];
    char *flags = A(e->debug ? "3" : "1"); /* XCFLAGS_* */
    char *const args[2][13] = {
        { path, A "--save-domain", fd, A "-1", A "5", flags, calls, A "0" },
        { path, A "--restore-domain", fd, A "-1", A "5", A "1", A "0", A "2",
          A "0", calls, A "0" },
    };
    unsigned mask = e->side == HELPER_SAVES
                        ? 1u << HM_SUSPEND | 1u << HM_SWITCH_QEMU_LOGDIRTY
                        : 1u << HM_STATIC_DATA_DONE | 1u << HM_RESTORE_RESULTS;

    snprintf(path, sizeof path, "%s/%s", helper_end_folder(), e->program);
    end_environment(e);
    if (e->arm)
        stream = end_arm(e, stream, ctl);
    if (e->tail)
        end_tail(ctl);
    snprintf(fd, sizeof fd, "%d", fcntl(stream, F_DUPFD, HIGH_FD));
    snprintf(calls, sizeof calls, "%u", mask);
    execv(path, args[e->side]);
    perror(path);
    _exit(99);
}

#undef A

void helper_end_start(struct helper_end *e, int stream)
{
    int to[2], from[2], ctl[2] = { -1, -1 };

    struct stat st;

    e->result = 1;
    e->len = 0;
    e->stream_ino = fstat(stream, &st) ? 0 : st.st_ino;
    e->result_fd = e->arm ? memfd_create("result", MFD_CLOEXEC) : -1;
    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC) ||
        ((e->arm || e->tail) &&
         socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ctl)))
        abort();
    e->ctl = ctl[0];
    fflush(NULL);
    e->pid = fork();
    if (!e->pid) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        signal(SIGPIPE, SIG_DFL); /* as libxl leaves it */
        end_exec(e, stream, ctl[1]);
    }
    if (e->arm || e->tail)
        close(ctl[1]);
    close(to[0]);
    close(from[1]);
    e->to = to[1];
    e->from = from[0];
}

static uint64_t end_bytes_read(pid_t pid)
{
    char path[64];
    unsigned long n = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/io", (int)pid);
    f = fopen(path, "re");
    if (f && fscanf(f, "rchar: %lu", &n) != 1)
        n = 0;
    if (f)
        fclose(f);
    return n;
}

static bool end_file_has(pid_t pid, const char *fd, int flag)
{
    char path[300];
    unsigned flags = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/fdinfo/%s", (int)pid, fd);
    f = fopen(path, "re");
    if (f && fscanf(f, "%*[^\n]\nflags: %o", &flags) != 1)
        flags = 0;
    if (f)
        fclose(f);
    return flags & (unsigned)flag;
}

/* Does it leave the stream to libxl such that reads and writes do not wait? */
static bool end_leaves(const struct helper_end *e)
{
    char path[300];
    struct dirent *d;
    struct stat st;
    bool leaves = false;
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)e->pid);
    dir = opendir(path);
    while (dir && (d = readdir(dir))) {
        snprintf(path, sizeof path, "/proc/%d/fd/%s", (int)e->pid, d->d_name);
        if (!stat(path, &st) && st.st_ino == e->stream_ino)
            leaves |= end_file_has(e->pid, d->d_name, O_NONBLOCK);
    }
    if (dir)
        closedir(dir);
    return leaves;
}

static int32_t end_answer(struct helper_end *e, const struct xlx_helper_msg *m)
{
    switch (m->type) {
    case HM_LOG:
        if (m->u32[0] >= XTL_ERROR && !*e->error)
            snprintf(e->error, sizeof e->error, "%s", m->str[1]);
        return 0;
    case HM_SUSPEND:
        e->suspend_us = clock_us();
        fakexen_suspend(e->x);
        return 1;
    case HM_COMPLETE:
        e->result = (int)m->u32[0];
        e->read = end_bytes_read(e->pid);
        e->leaves = end_leaves(e);
        return 0;
    case HM_PROGRESS:
    case HM_POSTCOPY:
    case HM_CHECKPOINT:
    case HM_WAIT_CHECKPOINT:
    case HM_SWITCH_QEMU_LOGDIRTY:
    case HM_STATIC_DATA_DONE:
    case HM_RESTORE_RESULTS: break;
    }
    return 0;
}

static void end_answer_all(struct helper_end *e)
{
    struct xlx_helper_msg m;
    size_t at = 0;
    int used;

    while ((used = helper_msg_decode(e->said + at, e->len - at, &m)) > 0) {
        int32_t answer = end_answer(e, &m);

        if (helper_msg_answered(m.type))
            (void)!write(e->to, &answer, sizeof answer);
        at += (size_t)used;
    }
    memmove(e->said, e->said + at, e->len - at);
    e->len -= at;
}

/* The placer's last words: why there is no CPU state. */
static void end_hear_why(struct helper_end *e)
{
    ssize_t n = pread(e->result_fd, e->error, sizeof e->error - 1, 0);

    if (!e->placed && n > 0)
        e->error[n] = '\0';
}

static void end_hear_helper(struct helper_end *e)
{
    ssize_t n = read(e->from, e->said + e->len, sizeof e->said - e->len);

    if (n <= 0) {
        close(e->from);
        e->from = -1;
        return;
    }
    e->len += (size_t)n;
    end_answer_all(e);
}

/* libxc's part is through. The helper says what came of it to nobody yet, also
 * if it gets some time for that. */
static void end_let_go_on(struct helper_end *e)
{
    struct pollfd f = { e->from, POLLIN, 0 };

    while (poll(&f, 1, 50) > 0 && e->from >= 0)
        end_hear_helper(e);
    e->waited = e->from >= 0 && e->result == 1;
    if (e->tail == HELPER_TAIL)
        (void)!send(e->ctl, "tail", 4, MSG_NOSIGNAL);
    else
        kill(e->pid, SIGTERM);
}

static void end_hear_ctl(struct helper_end *e)
{
    char buf[XLX_CTL_MAX];
    ssize_t n = recv(e->ctl, buf, sizeof buf, MSG_DONTWAIT);
    struct xlx_ctl c;

    if (n > 0 && !xlx_ctl_parse(&c, buf, (size_t)n)) {
        e->armed |= c.value == XLX_PHASE_ARMED;
        e->placed |= c.value == XLX_PHASE_COMPLETE;
        if (e->tail && c.type == XLX_CTL_PHASE &&
            c.value == XLX_PHASE_COMPLETE)
            end_let_go_on(e);
    } else if (!n) {
        close(e->ctl);
        e->ctl = -1;
        end_hear_why(e);
    }
}

bool helper_end_over(const struct helper_end *e)
{
    return e->from < 0 && e->ctl < 0;
}

void helper_end_hear(struct helper_end *e)
{
    struct pollfd f[2] = { { e->from, POLLIN, 0 }, { e->ctl, POLLIN, 0 } };

    poll(f, 2, 0);
    if (f[0].revents)
        end_hear_helper(e);
    if (f[1].revents)
        end_hear_ctl(e);
}

void helper_end_finish(struct helper_end *e)
{
    while (!helper_end_over(e)) {
        struct pollfd f[2] = { { e->from, POLLIN, 0 }, { e->ctl, POLLIN, 0 } };

        poll(f, 2, -1);
        helper_end_hear(e);
    }
    helper_end_wait(e);
}

void helper_end_wait(struct helper_end *e)
{
    struct rusage u;

    close(e->to);
    wait4(e->pid, &e->status, 0, &u);
    e->cpu_us = (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
                (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}
