/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads and watches this host's lldpd through a process of its own.
 *
 * The connection is made here, with the rights of this process, and handed to
 * the reader, which has none. Neither waits for ever: an lldpd that hangs, or
 * whose queue of clients is full, delays a read by seconds only, and one whose
 * answers crash the reader costs a sentence.
 */
#include "topology/source_lldpd_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/base/clock.h"
#include "tools/base/grow.h"
#include "topology/lldpd_table.h"
#include "topology/source.h"

enum {
    RETRY_MS = 20,    /* between two tries to connect */
    SPARE_MS = 10000, /* of the reader, for its start and its end */
    HEARD = 65536,
};

struct lldpd_reader {
    const char *path;
    pid_t pid;
    int pipe; /* what it says */
    bool late;
};

/* --- the connection ---------------------------------------------------------- */

/* A full queue of clients is no event that poll() knows of. */
static int socket_connect(int fd, const struct sockaddr_un *to)
{
    int64_t until = clock_ms() + LLDPD_ANSWER_MS;

    while (connect(fd, (const struct sockaddr *)to, sizeof *to)) {
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
        if (clock_ms() >= until)
            return -ETIMEDOUT;
        poll(NULL, 0, RETRY_MS);
    }
    return 0;
}

static int socket_open(const char *path, int *fd_r)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int rc, fd;

    if (strlen(path) >= sizeof to.sun_path)
        return -ENAMETOOLONG;
    strcpy(to.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    rc = socket_connect(fd, &to);
    if (rc)
        close(fd);
    else
        *fd_r = fd;
    return rc;
}

/* --- the reader --------------------------------------------------------------- */

/* This program once more, which has nothing of this one's memory and none of
 * its other descriptors. */
static int reader_spawn(struct lldpd_reader *r, int socket_, int out,
                        char *mode)
{
    char name[] = "rackhop", word[] = LLDPD_READER, *none[] = { NULL };
    char *argv[] = { name, word, mode, NULL };
    posix_spawn_file_actions_t fa;
    int rc;

    rc = posix_spawn_file_actions_init(&fa);
    if (rc)
        return -rc;
    rc = posix_spawn_file_actions_adddup2(&fa, socket_, STDIN_FILENO);
    if (!rc)
        rc = posix_spawn_file_actions_adddup2(&fa, out, STDOUT_FILENO);
    if (!rc)
        rc = posix_spawn_file_actions_addopen(&fa, STDERR_FILENO, "/dev/null",
                                              O_WRONLY, 0);
    if (!rc)
        rc = posix_spawn_file_actions_addclosefrom_np(&fa, STDERR_FILENO + 1);
    if (!rc)
        rc = posix_spawn(&r->pid, "/proc/self/exe", &fa, NULL, argv, none);
    posix_spawn_file_actions_destroy(&fa);
    return -rc;
}

static int reader_start(struct lldpd_reader *r, const char *path,
                        const char *mode)
{
    char how[8];
    int lldpd = -1, out[2] = { -1, -1 }, rc;

    *r = (struct lldpd_reader){
        .path = path ? path : lldpctl_get_default_transport(),
        .pid = -1,
        .pipe = -1,
    };
    snprintf(how, sizeof how, "%s", mode);
    rc = socket_open(r->path, &lldpd);
    if (!rc && pipe2(out, O_CLOEXEC))
        rc = -errno;
    if (!rc)
        rc = reader_spawn(r, lldpd, out[1], how);
    if (lldpd >= 0)
        close(lldpd);
    if (out[1] >= 0)
        close(out[1]);
    r->pipe = out[0];
    r->late = rc == -ETIMEDOUT;
    return rc;
}

/* How it ended, by itself or now: waitpid()'s status. */
static int reader_end(struct lldpd_reader *r, bool now)
{
    int status = 0;

    if (r->pipe >= 0)
        close(r->pipe);
    r->pipe = -1;
    if (r->pid <= 0)
        return 0;
    if (now)
        kill(r->pid, SIGKILL);
    while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
        ;
    r->pid = -1;
    return status;
}

/* Waits until it says something, or has ended. */
static bool reader_wait(struct lldpd_reader *r, int64_t until_ms)
{
    struct pollfd p = { r->pipe, POLLIN, 0 };

    do {
        int64_t left = until_ms - clock_ms();

        r->late = left <= 0;
        if (r->late)
            return false;
        /* a part of the time, for a clock that runs at another speed */
        if (poll(&p, 1, left > 1000 ? 1000 : (int)left) > 0)
            return true;
    } while (true);
}

/* All that it says, to be freed. 0 or a negative errno. */
static int reader_hear(struct lldpd_reader *r, char **text_r, size_t *len_r)
{
    int64_t until = clock_ms() + LLDPD_ALL_MS + SPARE_MS;
    size_t room = 0;
    ssize_t n;

    for (;;) {
        if (array_grow(text_r, &room, *len_r + HEARD, 1))
            return -ENOMEM;
        if (!reader_wait(r, until))
            return -ETIMEDOUT;
        n = read(r->pipe, *text_r + *len_r, HEARD);
        if (n <= 0)
            return n ? -errno : 0;
        *len_r += (size_t)n;
        if (*len_r > LLDPD_TABLE_MAX)
            return -EFBIG;
    }
}

/* --- what went wrong ------------------------------------------------------------ */

static int lldpd_silent(const struct lldpd_reader *r, const char *why,
                        struct msg *err)
{
    msg_set(err,
            "lldpd does not answer at %s: %s; is it running, and may this "
            "user ask it?",
            r->path, r->late ? LLDPD_LATE : why);
    return -EIO;
}

/* Its answers are none: they ended the reader, or made it say what it never
 * would. */
static int lldpd_broken(const struct lldpd_reader *r, const char *how,
                        struct msg *err)
{
    msg_set(err,
            "what lldpd at %s answers can't be read: %s; restart lldpd, and "
            "see whether `lldpcli show neighbors` works",
            r->path, how);
    return -EIO;
}

static int reader_ended(const struct lldpd_reader *r, int status,
                        struct msg *err)
{
    char how[120];

    if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "the process that reads it was ended by %s",
                 strsignal(WTERMSIG(status)));
    else
        snprintf(how, sizeof how, "the process that reads it ended with %d",
                 WEXITSTATUS(status));
    return lldpd_broken(r, how, err);
}

/* --- reading --------------------------------------------------------------------- */

static int table_take(const struct lldpd_reader *r, struct topo_view *v,
                      const char *text, size_t len, struct msg *err)
{
    struct msg why = MSG_NONE;
    int rc = lldpd_table_parse(v, text, len, &why);

    if (rc == -EREMOTEIO)
        return lldpd_silent(r, why.text, err);
    if (rc)
        return lldpd_broken(r, why.text, err);
    rc = topo_view_check(v);
    if (rc)
        msg_set(err, "lldpd's table: out of memory");
    v->has_table = !rc;
    return rc;
}

int topo_lldpd_read(struct topo_view *v, const char *socket_, struct msg *err)
{
    struct lldpd_reader r;
    char *text = NULL;
    size_t len = 0;
    int status, rc = reader_start(&r, socket_, LLDPD_READ);

    if (!rc)
        rc = reader_hear(&r, &text, &len);
    status = reader_end(&r, rc);
    if (rc)
        rc = lldpd_silent(&r, strerror(-rc), err);
    else if (status)
        rc = reader_ended(&r, status, err);
    else
        rc = table_take(&r, v, text, len, err);
    if (rc)
        topo_view_clear_table(v);
    free(text);
    return rc;
}

/* --- watching -------------------------------------------------------------------- */

/* The next line that it says. False: it has ended. */
static bool watch_line(FILE *f, char *line, int size)
{
    return fgets(line, size, f) && strchr(line, '\n');
}

static int watch_begin(struct lldpd_reader *r, FILE *f, struct msg *err)
{
    struct topo_view none;
    struct msg why = MSG_NONE;
    char line[256] = "";

    if (!reader_wait(r, clock_ms() + LLDPD_ALL_MS + SPARE_MS))
        return lldpd_silent(r, LLDPD_LATE, err);
    if (watch_line(f, line, sizeof line) && !strcmp(line, LLDPD_WATCHING))
        return 0;
    topo_view_init(&none);
    lldpd_table_parse(&none, line, strlen(line), &why);
    topo_view_dispose(&none);
    return lldpd_silent(r, why.text, err);
}

static int watch_run(struct lldpd_reader *r, FILE *f, int (*fn)(void *arg),
                     void *arg, struct msg *err)
{
    char line[256];
    int rc = watch_begin(r, f, err);

    while (!rc) {
        if (!watch_line(f, line, sizeof line) || strcmp(line, LLDPD_CHANGED)) {
            msg_set(err, "lldpd at %s has gone away", r->path);
            return -EPIPE;
        }
        rc = fn(arg);
    }
    return rc;
}

int topo_lldpd_watch(const char *socket_, int (*fn)(void *arg), void *arg,
                     struct msg *err)
{
    struct lldpd_reader r;
    int rc = reader_start(&r, socket_, LLDPD_WATCH);
    FILE *f = rc ? NULL : fdopen(r.pipe, "r");

    if (f)
        rc = watch_run(&r, f, fn, arg, err);
    else
        rc = lldpd_silent(&r, strerror(rc ? -rc : errno), err);
    if (f) {
        fclose(f);
        r.pipe = -1;
    }
    reader_end(&r, true); /* it would go on for ever */
    return rc;
}
