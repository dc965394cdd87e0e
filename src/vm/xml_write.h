/* Making XML: documents of ours for libvirt. Nothing here can fail but by lack of memory, which ends the process. */
#pragma once
#include "vm/xml.h"

/* A document with an empty root element. */
xmlDoc *xml_new(const char *root);

/* A new element with attributes: names and values, ended by NULL. An attribute whose value is NULL is left out. */
xmlNode *xml_element(xmlNode *parent, const char *name, ...) __attribute__((sentinel));

/* A new element with a text in it, which is escaped. */
xmlNode *xml_leaf(xmlNode *parent, const char *name, const char *text);
