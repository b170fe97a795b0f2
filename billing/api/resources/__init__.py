"""The things of the ground floor over the API: one file a resource, its serializers and its views."""
