# The log. A change of its name or its keys is a new table to Terraform, whose apply DynamoDB then refuses: it deletes no table before
# deletion_protection was taken off in an apply of its own. Keys, indexes and the stream are those of packages/store-dynamodb/src/table.ts; a test compares them.
resource "aws_dynamodb_table" "log" {
  name                        = coalesce(var.table, var.prefix)
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "stream"
  range_key                   = "place"
  stream_enabled              = true
  stream_view_type            = "NEW_IMAGE"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "stream"
    type = "S"
  }

  attribute {
    name = "place"
    type = "S"
  }

  attribute {
    name = "account"
    type = "S"
  }

  attribute {
    name = "bucket"
    type = "S"
  }

  attribute {
    name = "id"
    type = "S"
  }

  global_secondary_index {
    name            = "by-account"
    hash_key        = "account"
    range_key       = "stream"
    projection_type = "KEYS_ONLY"
  }

  global_secondary_index {
    name            = "by-time"
    hash_key        = "bucket"
    range_key       = "id"
    projection_type = "KEYS_ONLY"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }
}

# What could not be delivered or stored, kept whole until somebody drives it again.
resource "aws_dynamodb_table" "dead_letters" {
  name                        = "${var.prefix}-dead-letters"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }
}
