# Credentials come from whoever runs this: a person's own login, or a pipeline's OIDC token. None stands here.

provider "azurerm" {
  subscription_id     = var.azure_subscription_id
  storage_use_azuread = true

  features {}
}

provider "azuread" {}

# Route 53 and IAM are of no region; this provider speaks to them.
provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = local.tags
  }
}

# One for each region that may have a cell: a provider cannot be made in a loop. See the runbook: add a region.
provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "us_west_2"
  region = "us-west-2"

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "eu_west_1"
  region = "eu-west-1"

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "eu_central_1"
  region = "eu-central-1"

  default_tags {
    tags = local.tags
  }
}
