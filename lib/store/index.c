/* SPDX-License-Identifier: ISC */
/*
 * The records in memory: a treap, ordered by key as memcmp() orders, a prefix before what it
 * starts. Its depth is about twice the logarithm of the number of records, whatever keys come:
 * priorities are drawn from the store's own random numbers. See internal.h.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/store/internal.h"

static int compare(const uint8_t *key, size_t len, const struct store_node *node)
{
	int order = memcmp(key, node->key, MIN(len, node->key_len));

	return order ? order : (len > node->key_len) - (len < node->key_len);
}

uint32_t store_node_size(const struct store_node *node)
{
	return store_record_size(node->key_len, node->value_len);
}

struct store_node *store_index_find(const struct store *store, const uint8_t *key, size_t len)
{
	struct store_node *node = store->root;
	int order;

	while (node && (order = compare(key, len, node)) != 0)
		node = order < 0 ? node->left : node->right;
	return node;
}

struct store_node *store_index_after(
	const struct store *store, const uint8_t *key, size_t len, bool equal)
{
	struct store_node *node = store->root, *found = NULL;
	int order;

	while (node) {
		order = compare(key, len, node);
		if (order < 0 || (equal && order == 0)) {
			found = node;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return found;
}

struct store_node *store_index_create(struct store *store, const uint8_t *key, uint8_t len)
{
	size_t size = sizeof(struct store_node) + len;
	struct store_node *node;

	if (store->index_max && size > store->index_max - MIN(store->index_bytes, store->index_max))
		return NULL;
	node = calloc(1, size);
	if (!node)
		return NULL;
	node->priority = (uint32_t)store_random(store, 0);
	node->key_len = len;
	memcpy(node->key, key, len);
	store->index_bytes += size;
	return node;
}

void store_index_destroy(struct store *store, struct store_node *node)
{
	store->index_bytes -= sizeof(struct store_node) + node->key_len;
	free(node);
}

/* Parts TREE into what is before KEY and what is behind it. */
static void split(struct store_node *tree, const struct store_node *by, struct store_node **before,
	struct store_node **behind)
{
	while (tree) {
		if (compare(by->key, by->key_len, tree) > 0) {
			*before = tree;
			before = &tree->right;
			tree = tree->right;
		} else {
			*behind = tree;
			behind = &tree->left;
			tree = tree->left;
		}
	}
	*before = *behind = NULL;
}

static struct store_node *merge(struct store_node *before, struct store_node *behind)
{
	struct store_node *tree, **at = &tree;

	while (before && behind) {
		if (before->priority >= behind->priority) {
			*at = before;
			at = &before->right;
			before = before->right;
		} else {
			*at = behind;
			at = &behind->left;
			behind = behind->left;
		}
	}
	*at = before ? before : behind;
	return tree;
}

void store_index_put(struct store *store, struct store_node *node)
{
	struct store_node *old = store_index_find(store, node->key, node->key_len),
			  **at = &store->root;

	store->live += store_node_size(node);
	if (old) {
		store->live -= store_node_size(old);
		old->at = node->at;
		old->value_len = node->value_len;
		old->changing = false;
		if (node != old)
			store_index_destroy(store, node);
		return;
	}
	while (*at && (*at)->priority >= node->priority)
		at = compare(node->key, node->key_len, *at) < 0 ? &(*at)->left : &(*at)->right;
	split(*at, node, &node->left, &node->right);
	*at = node;
	store->records++;
}

void store_index_delete(struct store *store, const uint8_t *key, size_t len)
{
	struct store_node **at = &store->root, *node;
	int order;

	while (*at && (order = compare(key, len, *at)) != 0)
		at = order < 0 ? &(*at)->left : &(*at)->right;
	node = *at;
	if (!node)
		return;
	*at = merge(node->left, node->right);
	store->live -= store_node_size(node);
	store->records--;
	store_index_destroy(store, node);
}

/* Takes the tree apart from its left end, turning it to the right where it is not there yet. */
void store_index_clear(struct store *store)
{
	struct store_node *node = store->root, *next;

	while (node) {
		next = node->left;
		if (next) {
			node->left = next->right;
			next->right = node;
		} else {
			next = node->right;
			store_index_destroy(store, node);
		}
		node = next;
	}
	store->root = NULL;
	store->records = 0;
	store->live = 0;
}

static void settle(struct store_node *node)
{
	for (; node; node = node->right) {
		settle(node->left);
		node->at = node->next_at;
	}
}

void store_index_settle(struct store *store)
{
	settle(store->root);
}
