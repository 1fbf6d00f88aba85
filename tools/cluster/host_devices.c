/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Lists the PCI devices that this host can give to guests, from sysfs.
 *
 * A device is assignable when pciback has it, whether a guest has it just now
 * or not. A VF is told by its link physfn, its number by the PF's virtfnN that
 * leads back to it; what leads to no device is not known.
 */
#include "tools/cluster/host_devices.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_ROOM = 1024, VFS_MOST = 4096, CONFIG_LEN = 256 };

/* A number in a file below the device, 0x before hexadecimal ones; dflt: it
 * is not there, or none. */
static long device_number(const char *sys, const char *address,
                          const char *what, long dflt)
{
    char path[PATH_ROOM], text[32], *end;
    long n = dflt;
    FILE *f;

    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/%s", sys, address,
             what);
    f = fopen(path, "re");
    if (!f)
        return dflt;
    if (fgets(text, sizeof text, f)) {
        n = strtol(text, &end, 0);
        if (end == text || (*end && *end != '\n'))
            n = dflt;
    }
    fclose(f);
    return n;
}

/* The device that a link below this one leads to; false: none, or no
 * device. */
static bool device_link(const char *sys, const char *address, const char *what,
                        char to[PCI_ADDRESS_LEN + 1])
{
    char path[PATH_ROOM], target[PATH_ROOM];
    const char *name;
    ssize_t n;

    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/%s", sys, address,
             what);
    n = readlink(path, target, sizeof target - 1);
    if (n <= 0)
        return false;
    target[n] = '\0';
    name = strrchr(target, '/');
    name = name ? name + 1 : target;
    if (!pci_address_ok(name))
        return false;
    memcpy(to, name, PCI_ADDRESS_LEN + 1);
    return true;
}

/* The number of this VF among those of its PF. */
static int device_vf(const char *sys, const struct devicefact *d)
{
    char what[32], to[PCI_ADDRESS_LEN + 1];
    long vfs = device_number(sys, d->pf, "sriov_numvfs", 0);

    for (int i = 0; i < vfs && i < VFS_MOST; i++) {
        snprintf(what, sizeof what, "virtfn%d", i);
        if (device_link(sys, d->pf, what, to) && !strcmp(to, d->address))
            return i;
    }
    return -1;
}

/* The first name of a network port of that device, in the order of names. */
static void device_port(const char *sys, const char *address,
                        char port[PCI_PORT_LEN + 1])
{
    char path[PATH_ROOM];
    struct dirent *e;
    DIR *dir;

    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/net", sys, address);
    dir = opendir(path);
    while (dir && (e = readdir(dir)))
        if (e->d_name[0] != '.' && strlen(e->d_name) <= PCI_PORT_LEN &&
            (!*port || strcmp(e->d_name, port) < 0))
            strcpy(port, e->d_name);
    if (dir)
        closedir(dir);
}

/* Whether the first 256 bytes of its configuration list neither MSI nor MSI-X; of
 * one that does not answer, which reads as all ones, nothing is known:
 * status bit 4, the offset of the first capability at 0x34, and in each its
 * number and the next offset (PCI Local Bus 3.0, 6.7). */
static bool config_has_no_msi(const uint8_t *config, size_t len)
{
    enum { STATUS = 6, HAS_LIST = 0x10, FIRST = 0x34, MSI = 5, MSIX = 0x11 };
    uint8_t at = len > FIRST ? config[FIRST] & 0xfc : 0;

    if (len != CONFIG_LEN || (config[0] == 0xff && config[1] == 0xff))
        return false;
    if (!(config[STATUS] & HAS_LIST))
        return true;
    for (int i = 0; i < CONFIG_LEN / 4 && at >= 0x40; i++) {
        if (config[at] == MSI || config[at] == MSIX)
            return false;
        at = config[at + 1] & 0xfc;
    }
    return true;
}

static bool device_line_only(const char *sys, const char *address)
{
    uint8_t config[CONFIG_LEN];
    char path[PATH_ROOM];
    size_t n;
    FILE *f;

    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/config", sys, address);
    f = fopen(path, "re");
    if (!f)
        return false;
    n = fread(config, 1, sizeof config, f);
    fclose(f);
    return config_has_no_msi(config, n);
}

static void device_look(const char *sys, struct devicefact *d)
{
    d->vendor = (unsigned)device_number(sys, d->address, "vendor", 0) & 0xffff;
    d->device = (unsigned)device_number(sys, d->address, "device", 0) & 0xffff;
    d->class = (unsigned)device_number(sys, d->address, "class", 0) & 0xffffff;
    d->numa = (int)device_number(sys, d->address, "numa_node", -1);
    d->vfs = (int)device_number(sys, d->address, "sriov_numvfs", 0);
    d->vf = -1;
    d->line_only = device_line_only(sys, d->address);
    if (!device_link(sys, d->address, "physfn", d->pf))
        return;
    d->vf = device_vf(sys, d);
    device_port(sys, d->pf, d->port);
}

int host_devices(struct devicefacts *l, const char *sys)
{
    char path[PATH_ROOM];
    struct dirent *e;
    DIR *dir;
    int rc = 0;

    snprintf(path, sizeof path, "%s/bus/pci/drivers/pciback", sys);
    dir = opendir(path);
    if (!dir)
        return 0;
    while (!rc && (e = readdir(dir))) {
        struct devicefact d = { .address = "" };

        if (!pci_address_ok(e->d_name))
            continue;
        memcpy(d.address, e->d_name, PCI_ADDRESS_LEN + 1);
        device_look(sys, &d);
        rc = devicefacts_add(l, &d);
    }
    closedir(dir);
    devicefacts_sort(l);
    return rc;
}
