locals {
  # For each AWS region that has a provider and a file region-….tf, the Azure region beside it: where its cell's topics
  # stand, and from where Traffic Manager measures how near it is.
  nearest_azure_region = {
    us-east-1 = "eastus"
    us-west-2 = "westus2"
    eu-west-1 = "northeurope"
  }

  # Regions that have Flex Consumption, API Management and Cosmos DB.
  azure_regions = [
    "australiaeast", "brazilsouth", "canadacentral", "centralus", "eastus", "eastus2", "francecentral", "germanywestcentral", "japaneast",
    "northeurope", "southcentralus", "southeastasia", "swedencentral", "switzerlandnorth", "uksouth", "westeurope", "westus2", "westus3",
  ]
}
