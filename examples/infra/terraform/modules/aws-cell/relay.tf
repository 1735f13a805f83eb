# Stream → relay → Event Grid. Only this cell's own inserts reach the function: what it received from other cells is
# in the same table, and must not go round in circles.
resource "aws_lambda_event_source_mapping" "relay" {
  event_source_arn                   = aws_dynamodb_table.log.stream_arn
  function_name                      = aws_lambda_function.function["relay"].arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = var.relay.batch_size
  parallelization_factor             = var.relay.parallelization
  bisect_batch_on_function_error     = true
  maximum_retry_attempts             = var.relay.retries
  maximum_record_age_in_seconds      = var.relay.max_age_seconds
  function_response_types            = ["ReportBatchItemFailures"]
  maximum_batching_window_in_seconds = 0

  # So that an alarm can tell when a record was given up.
  metrics_config {
    metrics = ["EventCount"]
  }

  filter_criteria {
    filter {
      pattern = jsonencode({
        eventName = ["INSERT"]
        dynamodb  = { Keys = { place = { S = [{ prefix = "${var.cell}." }] } } }
      })
    }
  }

  # S3 alone keeps the whole record; a queue would get its position only, and the stream forgets that after a day.
  destination_config {
    on_failure {
      destination_arn = aws_s3_bucket.failures.arn
    }
  }
}

resource "aws_s3_bucket" "failures" {
  bucket_prefix = "${substr("${var.prefix}-${var.cell}", 0, 27)}-failures-"
  force_destroy = !var.deletion_protection
}

resource "aws_s3_bucket_public_access_block" "failures" {
  bucket                  = aws_s3_bucket.failures.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "failures" {
  bucket = aws_s3_bucket.failures.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "failures" {
  bucket = aws_s3_bucket.failures.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "failures" {
  bucket = aws_s3_bucket.failures.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "failures" {
  bucket = aws_s3_bucket.failures.id

  rule {
    id     = "forget"
    status = "Enabled"

    filter {}

    expiration {
      days = var.relay.failures_kept_for
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }
}

resource "aws_s3_bucket_policy" "failures" {
  bucket = aws_s3_bucket.failures.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"                                                             # why *: a denial, of everybody
      Action    = "s3:*"                                                          # why *: a denial, of everything
      Resource  = [aws_s3_bucket.failures.arn, "${aws_s3_bucket.failures.arn}/*"] # why *: a denial, of the whole bucket
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.failures]
}
