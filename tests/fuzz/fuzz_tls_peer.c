/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as the first that the other end of a lane says, to a server and to a
 * client, with certificates and without, in parts, and said again to the same
 * server: nobody is let in who only says something. The first byte says to whom,
 * and how long the parts are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "libxl-ext/wire/tls.h"
#include "tests/lib/certs.h"

enum { SERVER = 1, PKI = 2, SMALL = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tls_key key = { "the name of one", "a key of this move" };
static char *ca_pem, *host_pem, *key_pem;

static void site_make(void)
{
    struct cert ca, host;

    cert_pair(&ca, &host, "h2", "DNS:h2.example.com", 10);
    ca_pem = cert_pem(&ca);
    host_pem = cert_pem(&host);
    key_pem = cert_key_pem(&host);
    cert_free(&ca);
    cert_free(&host);
}

static struct tls_setup *setup_new(uint8_t how)
{
    const struct tls_pki pki = { .names = { "*.example.com\n", 14 },
                                 .ca = { ca_pem, strlen(ca_pem) },
                                 .chain = { host_pem, strlen(host_pem) },
                                 .key = { key_pem, strlen(key_pem) } };
    char why[TLS_WHY];
    struct tls_setup *s =
        tls_setup_new(how & SERVER, &key, how & PKI ? &pki : NULL, why);

    if (!s)
        abort();
    return s;
}

static void say(struct tls_setup *s, const uint8_t *data, size_t size,
                size_t part)
{
    int fd[2], rc = -EAGAIN;
    struct tls *t;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd))
        abort();
    t = tls_new(s, fd[0]);
    if (!t)
        abort();
    do {
        size_t n = size < part ? size : part;

        if (n && send(fd[1], data, n, MSG_NOSIGNAL) != (ssize_t)n)
            break; /* it has heard enough */
        if (!n)
            shutdown(fd[1], SHUT_WR);
        rc = tls_shake(t);
        data += n;
        size -= n;
        if (!n)
            break;
    } while (rc == -EAGAIN);
    if (!rc || !*tls_why(t))
        abort();
    tls_free(t);
    close(fd[0]);
    close(fd[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tls_setup *s;
    size_t part;

    if (!key_pem)
        site_make();
    if (!size || size > 32768)
        return 0;
    s = setup_new(*data);
    part = *data & SMALL ? 17 : size;
    say(s, data + 1, size - 1, part);
    say(s, data + 1, size - 1, part);
    tls_setup_free(s);
    ERR_clear_error();
    return 0;
}
