/*
 * Constants of the kernel's ABI that are newer than the headers of Debian 12 (liburing 2.3). Each
 * is probed at run time: a kernel that does not know one answers EINVAL.
 */
#ifndef IO_COMPAT_H
#define IO_COMPAT_H

#include <linux/io_uring.h>

/* 6.1; liburing 2.3 has it, some distributions' 2.2 does not. */
#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1U << 13)
#endif

#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER (1U << 12)
#endif

#endif
