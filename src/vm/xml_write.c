#include "vm/xml_write.h"

#include <stdarg.h>

#include "base/out.h"

xmlDoc *xml_new(const char *root)
{
        xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
        xmlNode *node = xmlNewNode(NULL, (const xmlChar *)root);
        check(doc && node);
        xmlDocSetRootElement(doc, node);
        return doc;
}

xmlNode *xml_element(xmlNode *parent, const char *name, ...)
{
        xmlNode *node = xmlNewChild(parent, NULL, (const xmlChar *)name, NULL);
        check(node);
        va_list ap;
        va_start(ap, name);
        for (const char *key; (key = va_arg(ap, const char *));) {
                const char *value = va_arg(ap, const char *);
                check(!value || xmlNewProp(node, (const xmlChar *)key, (const xmlChar *)value));
        }
        va_end(ap);
        return node;
}

xmlNode *xml_leaf(xmlNode *parent, const char *name, const char *text)
{
        xmlNode *node = xmlNewTextChild(parent, NULL, (const xmlChar *)name, (const xmlChar *)text);
        check(node);
        return node;
}
