"""The App's GraphQL, executed over the schema that the openhexa.sdk wheel ships."""
