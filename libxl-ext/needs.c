/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads what a guest's configuration needs of a host: files, and drives.
 *
 * libxl reads most of these files when the guest starts, not when it restores
 * one, so that a host without them takes the guest and loses it at its next
 * reboot. Names that are no paths are looked up where Xen was installed, and
 * belong to it.
 */
#include "libxl-ext/needs_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TARGET_EXTRA_KIB = 1024 }; /* libxl's LIBXL_MAXMEM_CONSTANT */

/* Where libxl on Linux looks for a script that is named without its path. */
static const char script_dir[] = "/etc/xen/scripts";

bool xlx_needs_file(const struct xlx_needs *n, const char *path)
{
    for (size_t i = 0; i < n->n_files; i++)
        if (!strcmp(n->files[i].path, path))
            return true;
    return false;
}

static int needs_add_file(struct xlx_needs *n, enum xlx_file_use use,
                          const char *key, const char *path)
{
    struct xlx_file *bigger, *f;

    if (!path || *path != '/' || xlx_needs_file(n, path))
        return 0;
    bigger = realloc(n->files, (n->n_files + 1) * sizeof *bigger);
    if (!bigger)
        return -ENOMEM;
    n->files = bigger;
    f = &bigger[n->n_files];
    *f = (struct xlx_file){ .use = use, .key = key };
    f->path = strdup(path);
    if (!f->path)
        return -ENOMEM;
    n->n_files++;
    return 0;
}

/* --- files of the build information ---------------------------------------- */

static int needs_of_hvm(struct xlx_needs *n, const libxl_domain_build_info *b)
{
    int rc = needs_add_file(n, XLX_FILE_START,
                            "firmware_override=", b->u.hvm.firmware);

    if (!rc)
        rc = needs_add_file(n, XLX_FILE_START,
                            "bios_path_override=", b->u.hvm.system_firmware);
    if (!rc)
        rc = needs_add_file(n, XLX_FILE_START,
                            "smbios_firmware=", b->u.hvm.smbios_firmware);
    if (!rc)
        rc = needs_add_file(n, XLX_FILE_START,
                            "acpi_firmware=", b->u.hvm.acpi_firmware);
    return rc;
}

/* The device model, and the stub domain that may contain it, begin with the
 * restored guest. */
static int needs_of_model(struct xlx_needs *n,
                          const libxl_domain_build_info *b)
{
    int rc = needs_add_file(n, XLX_FILE_BUILD,
                            "device_model_override=", b->device_model);

    if (!rc)
        rc = needs_add_file(n, XLX_FILE_BUILD,
                            "stubdomain_kernel=", b->stubdomain_kernel);
    if (!rc)
        rc = needs_add_file(n, XLX_FILE_BUILD,
                            "stubdomain_ramdisk=", b->stubdomain_ramdisk);
    return rc;
}

static int needs_of_build(struct xlx_needs *n,
                          const libxl_domain_build_info *b)
{
    int rc = needs_add_file(n, XLX_FILE_START, "kernel=", b->kernel);

    if (!rc)
        rc = needs_add_file(n, XLX_FILE_START, "ramdisk=", b->ramdisk);
    if (!rc)
        rc = needs_add_file(n, XLX_FILE_START, "bootloader=", b->bootloader);
    if (!rc && b->type == LIBXL_DOMAIN_TYPE_HVM)
        rc = needs_of_hvm(n, b);
    if (!rc && b->type == LIBXL_DOMAIN_TYPE_PVH)
        rc = needs_add_file(n, XLX_FILE_START,
                            "pvshim_path=", b->u.pvh.pvshim_path);
    return rc ? rc : needs_of_model(n, b);
}

/* --- files of the devices ---------------------------------------------------- */

/* A driver domain runs the scripts of the devices that it serves itself. */
static bool needs_other_backend(const char *name, libxl_domid domid)
{
    if (name && *name)
        return strcmp(name, "0") && strcmp(name, "Domain-0");
    return domid;
}

static int needs_add_script(struct xlx_needs *n, const char *key,
                            const char *script)
{
    char path[512];

    if (!script || !*script)
        return 0;
    if (*script == '/')
        return needs_add_file(n, XLX_FILE_SCRIPT, key, script);
    if (snprintf(path, sizeof path, "%s/%s", script_dir, script) >=
        (int)sizeof path)
        return 0;
    return needs_add_file(n, XLX_FILE_SCRIPT, key, path);
}

static int needs_of_devices(struct xlx_needs *n, const libxl_domain_config *c)
{
    int rc = 0;

    for (int i = 0; !rc && i < c->num_nics; i++)
        if (!needs_other_backend(c->nics[i].backend_domname,
                                 c->nics[i].backend_domid))
            rc = needs_add_script(n, "script= of vif", c->nics[i].script);
    for (int i = 0; !rc && i < c->num_disks; i++)
        if (!needs_other_backend(c->disks[i].backend_domname,
                                 c->disks[i].backend_domid))
            rc = needs_add_script(n, "script= of disk", c->disks[i].script);
    return rc;
}

/* --- drives ------------------------------------------------------------------ */

static int needs_add_drive(struct xlx_needs *n, const libxl_device_disk *k)
{
    struct xlx_drive *bigger, *d;

    bigger = realloc(n->drives, (n->n_drives + 1) * sizeof *bigger);
    if (!bigger)
        return -ENOMEM;
    n->drives = bigger;
    d = &bigger[n->n_drives++];
    *d = (struct xlx_drive){ strdup(k->vdev), strdup(k->pdev_path) };
    return d->vdev && d->path ? 0 : -ENOMEM;
}

static int needs_of_drives(struct xlx_needs *n, const libxl_domain_config *c)
{
    int rc = 0;

    for (int i = 0; !rc && i < c->num_disks; i++) {
        const libxl_device_disk *k = &c->disks[i];

        if (k->is_cdrom && k->format != LIBXL_DISK_FORMAT_EMPTY && k->vdev &&
            k->pdev_path && *k->pdev_path)
            rc = needs_add_drive(n, k);
    }
    return rc;
}

int xlx_needs_read(struct xlx_needs *n, const libxl_domain_config *c)
{
    const libxl_defbool *scripts = &c->c_info.run_hotplug_scripts;
    int rc = needs_of_build(n, &c->b_info);

    n->bound = xlx_needs_bound(c);
    if (!rc)
        rc = xlx_needs_cpus(n, c);
    if (!rc)
        rc = xlx_needs_displays(n, c);
    /* else they are udev's business */
    if (!rc &&
        (libxl_defbool_is_default(*scripts) || libxl_defbool_val(*scripts)))
        rc = needs_of_devices(n, c);
    return rc ? rc : needs_of_drives(n, c);
}

/*
 * libxl restores a guest into its balloon target and a constant
 * (libxl__arch_extra_memory). One that holds more, because its balloon driver
 * has not followed, is refused by Xen when its last pages come.
 */
uint64_t xlx_needs_above_kib(uint64_t held_kib, const libxl_domain_config *c)
{
    uint64_t target = c->b_info.target_memkb;

    if (target == LIBXL_MEMKB_DEFAULT || held_kib <= target + TARGET_EXTRA_KIB)
        return 0;
    return held_kib - target - TARGET_EXTRA_KIB;
}

void xlx_needs_dispose(struct xlx_needs *n)
{
    for (size_t i = 0; i < n->n_files; i++)
        free(n->files[i].path);
    free(n->files);
    for (size_t i = 0; i < n->n_drives; i++) {
        free(n->drives[i].vdev);
        free(n->drives[i].path);
    }
    free(n->drives);
    strlist_dispose(&n->cpus);
    strlist_dispose(&n->displays);
    *n = (struct xlx_needs){ .n_files = 0 };
}
