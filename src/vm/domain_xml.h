/* The domain XML of a design. Source: https://libvirt.org/formatdomain.html */
#pragma once
#include "vm/design.h"
#include "vm/xml.h"

/* Free it by xmlFreeDoc(); it cannot fail. */
xmlDoc *domain_xml(const struct vm_design *d);
