locals {
  identity_token_audience = "api://AzureADTokenExchange"

  grants = {
    append = {
      Sid      = "AppendAndReadTheLog"
      Effect   = "Allow"
      Action   = ["dynamodb:PutItem", "dynamodb:Query"]
      Resource = [aws_dynamodb_table.log.arn]
    }
    list = {
      Sid    = "ListAndScanByIndex"
      Effect = "Allow"
      Action = ["dynamodb:Query"]
      Resource = [
        "${aws_dynamodb_table.log.arn}/index/by-account",
        "${aws_dynamodb_table.log.arn}/index/by-time",
      ]
    }
    keep_dead_letters = {
      Sid      = "KeepDeadLetters"
      Effect   = "Allow"
      Action   = ["dynamodb:PutItem"]
      Resource = [aws_dynamodb_table.dead_letters.arn]
    }
    operate_dead_letters = {
      Sid      = "OperateDeadLetters"
      Effect   = "Allow"
      Action   = ["dynamodb:GetItem", "dynamodb:Scan", "dynamodb:DeleteItem"]
      Resource = [aws_dynamodb_table.dead_letters.arn]
    }
    read_stream = {
      Sid      = "ReadTheStream"
      Effect   = "Allow"
      Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
      Resource = [aws_dynamodb_table.log.stream_arn]
    }
    keep_failures = {
      Sid      = "KeepWhatCouldNotBeRelayed"
      Effect   = "Allow"
      Action   = ["s3:PutObject", "s3:ListBucket"]
      Resource = [aws_s3_bucket.failures.arn, "${aws_s3_bucket.failures.arn}/*"] # why *: every object of this one bucket
    }
    enqueue = {
      Sid      = "QueueWhatArrived"
      Effect   = "Allow"
      Action   = ["sqs:SendMessage"]
      Resource = [aws_sqs_queue.inbound.arn]
    }
    dequeue = {
      Sid      = "TakeWhatArrived"
      Effect   = "Allow"
      Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
      Resource = [aws_sqs_queue.inbound.arn]
    }
    identity_token = {
      Sid      = "ProveWhoThisIsToEntra"
      Effect   = "Allow"
      Action   = ["sts:GetWebIdentityToken"]
      Resource = ["*"] # why *: the action knows no resource; audience, algorithm and lifetime are bounded instead
      Condition = {
        "ForAllValues:StringEquals" = { "sts:IdentityTokenAudience" = local.identity_token_audience }
        StringEquals                = { "sts:SigningAlgorithm" = "RS256" }
        NumericLessThanEquals       = { "sts:DurationSeconds" = "900" }
      }
    }
  }
}

resource "aws_iam_role" "function" {
  for_each = local.functions

  name        = "${var.prefix}-${var.cell}-${each.key}"
  description = each.value.description

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions

  name = each.key
  role = aws_iam_role.function[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([for grant in each.value.grants : local.grants[grant]], [{
      Sid      = "WriteItsLog"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["${aws_cloudwatch_log_group.function[each.key].arn}:*"] # why *: every stream of this one log group
    }])
  })
}
