/* SPDX-License-Identifier: LGPL-2.1-only */
/* exec_certs DIR NAMES DAYS: makes the folder of a site's certificates, for
 * hosts with these names ("DNS:h1,DNS:h2"). */
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/certs.h"

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: exec_certs DIR NAMES DAYS\n", stderr);
        return 2;
    }
    cert_site(argv[1], argv[2], atol(argv[3]));
    return 0;
}
