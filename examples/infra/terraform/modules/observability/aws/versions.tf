terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"

      # Route 53 reports its health checks in us-east-1, wherever the cell is.
      configuration_aliases = [aws.us_east_1]
    }
  }
}
