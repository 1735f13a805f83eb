locals {
  # Whose table, and what each function may do: `grants` are the statements of roles.tf.
  functions = {
    api = {
      description = "What API Gateway calls: every route."
      timeout     = 29 # API Gateway gives up after 30 s.
      memory      = 1024
      grants      = ["append", "list", "keep_dead_letters", "operate_dead_letters", "enqueue", "identity_token"]
    }
    relay = {
      description = "Sends this cell's own events to its Event Grid topics."
      timeout     = 60
      memory      = 512
      grants      = ["read_stream", "keep_dead_letters", "keep_failures", "identity_token"]
    }
    receive = {
      description = "Stores what the other cells sent."
      timeout     = 30
      memory      = 512
      grants      = ["append", "keep_dead_letters", "dequeue", "identity_token"]
    }
    reconcile = {
      description = "Compares the log with the other cells' and copies what is missing."
      timeout     = 900
      memory      = 1024
      grants      = ["append", "list", "keep_dead_letters", "identity_token"]
    }
    sweep = {
      description = "Decides what waits for this cell as the home, settles conflicts, compensates."
      timeout     = 300
      memory      = 512
      grants      = ["append", "list", "keep_dead_letters", "identity_token"]
    }
  }

  environment = merge(var.environment, {
    TWINLOG_CELL              = var.cell
    TWINLOG_STORE             = aws_dynamodb_table.log.name
    TWINLOG_DEAD_LETTERS      = aws_dynamodb_table.dead_letters.name
    TWINLOG_INBOUND_QUEUE_URL = aws_sqs_queue.inbound.url
    TWINLOG_AZURE_TENANT_ID   = var.entra.tenant_id
    TWINLOG_AZURE_CLIENT_ID   = var.entra.client_id
    EVENT_GRID_ENDPOINT       = join(",", var.topic_endpoints)
    NODE_OPTIONS              = "--enable-source-maps"
  })
}

resource "aws_cloudwatch_log_group" "function" {
  for_each = local.functions

  name              = "/aws/lambda/${var.prefix}-${var.cell}-${each.key}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "function" {
  for_each = local.functions

  function_name    = "${var.prefix}-${var.cell}-${each.key}"
  description      = each.value.description
  role             = aws_iam_role.function[each.key].arn
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  runtime          = "nodejs22.x"
  architectures    = ["arm64"]
  handler          = "${each.key}.handler"
  memory_size      = each.value.memory
  timeout          = each.value.timeout

  environment {
    variables = local.environment
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.function[each.key].name
  }

  # Before the role may write, read and ask for tokens, a function that is called only fails.
  depends_on = [aws_iam_role_policy.function]
}
