/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The program rackhop-guest runs in a guest and says how short of memory it is:
 * major page faults, time stalled on memory, swap in use. It writes a line into
 * the guest's own part of xenstore every ten seconds, where `rackhop agent` of
 * the host reads it (tools/daemon/hint.h).
 *
 * It stands for itself, is linked statically, and runs on any Linux that has
 * /dev/xen/xenbus. It speaks xenstore's protocol (xen/io/xs_wire.h) through
 * that, so that the guest needs none of Xen's libraries.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of struct xsd_sockmsg, which precedes each message and its answer. */
struct xs_head {
    uint32_t type, request, transaction, len;
};
enum { XS_WRITE = 11, XS_ANSWER_MOST = 4096 };

enum { LINE = 256, PATH = 512, FILE_MOST = 1 << 16, EVERY_S = 10 };

/* --- what it says ---------------------------------------------------------- */

/* A file's text, which is cut if it is long. -1: it is not there. */
static int file_text(const char *root, const char *file, char text[FILE_MOST])
{
    char path[PATH];
    ssize_t n;
    int fd, len = 0;

    snprintf(path, sizeof path, "%s%s", root, file);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while (len < FILE_MOST - 1 &&
           (n = read(fd, text + len, (size_t)(FILE_MOST - 1 - len))) > 0)
        len += (int)n;
    close(fd);
    text[len] = '\0';
    return 0;
}

/* The number behind a word that begins a line; -1: it is not there. */
static long long file_number(const char *text, const char *word)
{
    for (const char *s = text; s; s = strchr(s, '\n')) {
        s += *s == '\n';
        if (!strncmp(s, word, strlen(word)))
            return strtoll(s + strlen(word), NULL, 10);
    }
    return -1;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234": the last, in us */
static long long pressure(const char *text)
{
    const char *some = strstr(text, "some "), *total;

    total = some ? strstr(some, " total=") : NULL;
    return total ? strtoll(total + strlen(" total="), NULL, 10) : -1;
}

static void say(char line[LINE], const char *word, long long n)
{
    size_t len = strlen(line);

    if (n >= 0)
        snprintf(line + len, LINE - len, " %s=%lld", word, n);
}

static void line_of(const char *root, char line[LINE])
{
    char text[FILE_MOST];
    long long total, left;

    strcpy(line, "1");
    if (!file_text(root, "/proc/vmstat", text))
        say(line, "faults", file_number(text, "pgmajfault "));
    if (!file_text(root, "/proc/pressure/memory", text))
        say(line, "stall_us", pressure(text));
    if (!file_text(root, "/proc/meminfo", text)) {
        total = file_number(text, "SwapTotal:");
        left = file_number(text, "SwapFree:");
        say(line, "swap_kib", total >= left ? total - left : -1);
    }
}

/* --- xenstore --------------------------------------------------------------- */

static int whole(int fd, void *buf, size_t len)
{
    char *p = buf;

    while (len) {
        ssize_t n = read(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

/* Takes the answer; 0: it was written. */
static int answer(int fd)
{
    char text[XS_ANSWER_MOST];
    struct xs_head h;

    if (whole(fd, &h, sizeof h) || h.len > sizeof text ||
        whole(fd, text, h.len))
        return -1;
    return h.type == XS_WRITE ? 0 : -1;
}

/* A path that does not begin with "/" is below the guest's own. */
static int xs_write(int fd, const char *path, const char *value)
{
    struct xs_head h = { XS_WRITE, 0, 0, 0 };
    char message[sizeof h + LINE + PATH];
    size_t len = strlen(path) + 1, n = strlen(value);

    h.len = (uint32_t)(len + n);
    memcpy(message, &h, sizeof h);
    memcpy(message + sizeof h, path, len);
    memcpy(message + sizeof h + len, value, n);
    len += sizeof h + n;
    if (write(fd, message, len) != (ssize_t)len)
        return -1;
    return answer(fd);
}

static int xenbus_open(void)
{
    int fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);

    return fd < 0 ? open("/proc/xen/xenbus", O_RDWR | O_CLOEXEC) : fd;
}

static int usage(void)
{
    fputs("usage: rackhop-guest [--show [ROOT]]\n\n"
          "Says every ten seconds how short of memory this guest is.\n"
          "--show prints that once instead, of /proc below ROOT.\n",
          stderr);
    return 2;
}

int main(int argc, char **argv)
{
    char line[LINE];
    int fd;

    if (argc > 1 && argc < 4 && !strcmp(argv[1], "--show")) {
        line_of(argc > 2 ? argv[2] : "", line);
        return puts(line) < 0;
    }
    if (argc > 1)
        return usage();
    fd = xenbus_open();
    if (fd < 0) {
        fprintf(stderr,
                "rackhop-guest: this is no guest of Xen: "
                "/dev/xen/xenbus: %s\n",
                strerror(errno));
        return 1;
    }
    for (;; sleep(EVERY_S)) {
        line_of("", line);
        if (xs_write(fd, "data/rackhop", line)) {
            fputs("rackhop-guest: xenstore does not take data/rackhop\n",
                  stderr);
            return 1;
        }
    }
}
